// The legend of the overlays, with the drawn colours and limits.

import { type CoverageClass, NEUTRAL_COLOURS, ratioClasses, totalClasses } from '@styles/coverage';
import { PEOPLE_COLOURS } from '@styles/population';
import { radiiMinzoom, VENDOR_CATEGORIES, VENDOR_COLOURS } from '@styles/vendors';
import type { ReactNode } from 'react';
import type { OverlayTiles } from '../../data/tileJson';
import { lineName } from '../../i18n/texts';
import { coverageLine } from '../../view/overlayStyle';
import { linesOf } from '../../view/summary';
import { useApp, useI18n, useModel, useStore, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';
import { AreaLegend } from './AreaLegend';

export function OverlayLegend() {
  const { overlays: loaded } = useModel('overlays');
  const { overlays } = useUrl('overlays');
  const { text } = useI18n();
  const shown = overlays.flatMap((overlay) => loaded.find((tiles) => tiles.overlay === overlay) ?? []);
  if (shown.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="legend card" aria-label={text.overlayLegend} tabIndex={0}>
      {shown.toReversed().map((tiles) => (
        <div key={tiles.overlay} className="overlay-key" data-key={tiles.overlay}>
          <h2>{text.overlayNames[tiles.overlay]}</h2>
          <LayerLegend tiles={tiles} />
        </div>
      ))}
    </section>
  );
}

function LayerLegend({ tiles }: { tiles: OverlayTiles }) {
  switch (tiles.overlay) {
    case 'coverage':
      return <CoverageLegend lines={tiles.lines} />;
    case 'vendors':
      return <VendorLegend />;
    case 'population':
      return <PopulationLegend tiles={tiles} />;
    case 'areas':
      return <AreaLegend />;
  }
}

function CoverageLegend({ lines }: { lines: readonly string[] }) {
  const state = useUrl();
  const { overlays } = useModel('overlays');
  const { text, format } = useI18n();
  const line = coverageLine(state, overlays);
  const row = ({ colour, from, to }: CoverageClass): ReactNode => {
    const limits =
      to === 0
        ? text.noVendor
        : to === null
          ? text.andMore(format.number(from))
          : text.range(format.number(from), text.below(format.number(to)));
    return <LegendEntry key={`${from}-${to}`} colour={colour} from={from} label={limits} />;
  };
  return (
    <>
      <p className="muted">
        {line === null
          ? text.coverageTotal(linesOf(state, { lines }, { text, format }))
          : text.coverageRatio(lineName(text, lines[line] ?? ''))}
      </p>
      <ol className="classes">{(line === null ? totalClasses() : ratioClasses()).toReversed().map(row)}</ol>
      {line !== null && (
        <>
          <p className="zero-target">
            <span className="key" style={{ background: NEUTRAL_COLOURS[state.theme].zeroTarget }} />
            {text.zeroTarget}
          </p>
          <p className="no-target">
            <span className="key" style={{ background: NEUTRAL_COLOURS[state.theme].noTarget }} />
            {text.noTarget}
          </p>
        </>
      )}
      {line === null && <p className="muted">{text.coverageHint}</p>}
    </>
  );
}

function LegendEntry({
  colour,
  from,
  label,
  isDot = false,
}: {
  colour: string;
  from: number;
  label: string;
  isDot?: boolean;
}) {
  return (
    <li data-from={from}>
      <span className={isDot ? 'key dot' : 'key'} style={{ background: colour }} />
      <span className="limits">{label}</span>
    </li>
  );
}

function VendorLegend() {
  const { view } = useApp();
  const { theme, showsRadii } = useUrl('theme', 'showsRadii');
  const { text } = useI18n();
  const { zoom } = useStore(view.camera);
  const shown = useShownVendors();
  return (
    <>
      <ul className="classes">
        {VENDOR_CATEGORIES.map((category, i) => (
          <LegendEntry
            key={category}
            colour={VENDOR_COLOURS[theme][category]}
            from={i}
            label={text.vendorCategories[category]}
            isDot
          />
        ))}
      </ul>
      {showsRadii && shown && (
        <p className="muted">{zoom < radiiMinzoom(shown.vendors.length) ? text.radiusZoomIn : text.radiusCircles}</p>
      )}
    </>
  );
}

function PopulationLegend({ tiles }: { tiles: OverlayTiles }) {
  const { view } = useApp();
  const { theme, dotStep } = useUrl('theme', 'dotStep');
  const { text, format } = useI18n();
  const zoom = Math.floor(useStore(view.camera).zoom);
  const tileZoom = Math.min(Math.max(zoom, tiles.minzoom), tiles.maxzoom);
  const people = tiles.peoplePerDot[tileZoom];
  return (
    <ul className="classes">
      <LegendEntry
        colour={PEOPLE_COLOURS[theme]}
        from={(people ?? 0) * dotStep}
        label={people === undefined ? text.inhabitants : text.dotStandsFor(format.number(people * dotStep))}
        isDot
      />
    </ul>
  );
}
