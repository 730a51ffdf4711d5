// The legend of the overlays, with the drawn colours and limits.

import { type CoverageClass, coverageClassOf, NEUTRAL_COLOURS, ratioClasses, totalClasses } from '@styles/coverage';
import { PEOPLE_COLOURS } from '@styles/population';
import { radiiMinzoom, VENDOR_CATEGORIES, VENDOR_COLOURS, type VendorCategory } from '@styles/vendors';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { OverlayTiles } from '../../data/tileJson';
import { lineName } from '../../i18n/texts';
import { isCategory, withCategory } from '../../vendors/category';
import { coverageLine, coverageLines } from '../../view/overlayStyle';
import { linesOf } from '../../view/summary';
import { useApp, useI18n, useModel, useStore, useUrl } from '../hooks/context';
import { useClassCounts } from '../hooks/useClassCounts';
import { useShownVendors } from '../hooks/useShownVendors';
import { AreaLegend } from './AreaLegend';
import { ClassRow } from './ClassRow';
import { VendorKey } from './VendorKey';

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
  const counted = coverageLines(state, overlays);
  const rows = line === null ? totalClasses() : ratioClasses();
  const counts = useClassCounts(JSON.stringify([line, counted]), {
    source: 'coverage',
    sourceLayer: 'coverage',
    length: rows.length,
    classOf: (cell) => coverageClassOf(cell, line, counted),
  });
  const row = ({ colour, from, to }: CoverageClass, i: number): ReactNode => {
    const limits =
      to === 0
        ? text.noVendor
        : to === null
          ? text.andMore(format.number(from))
          : text.range(format.number(from), text.below(format.number(to)));
    return (
      <ClassRow
        key={`${from}-${to}`}
        layer="coverage"
        index={rows.length - 1 - i}
        colour={colour}
        from={from}
        limits={limits}
        counts={counts}
        counted={(n) => text.cellsInView(format.number(n))}
      />
    );
  };
  return (
    <>
      <p className="muted">
        {line === null
          ? text.coverageTotal(linesOf(state, { lines }, { text, format }))
          : text.coverageRatio(lineName(text, lines[line] ?? ''))}
      </p>
      <ol className="classes">{rows.toReversed().map(row)}</ol>
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

function LegendEntry({ colour, from, label }: { colour: string; from: number; label: string }) {
  return (
    <li data-from={from}>
      <span className="key dot" style={{ background: colour }} />
      <span className="limits">{label}</span>
    </li>
  );
}

function VendorLegend() {
  const { view, url } = useApp();
  const { theme, showsRadii, vendorFilter } = useUrl('theme', 'showsRadii', 'vendorFilter');
  const { text } = useI18n();
  const { zoom } = useStore(view.camera);
  const isOnly = (category: VendorCategory): boolean => isCategory(vendorFilter, category);
  const choose = (category: VendorCategory): void =>
    url.choose({ vendorFilter: withCategory(vendorFilter, isOnly(category) ? null : category) });
  const shown = useShownVendors();
  return (
    <>
      <ul className="classes">
        {VENDOR_CATEGORIES.map((category, i) => (
          <li key={category} data-from={i}>
            <Button className="class-row" aria-pressed={isOnly(category)} onPress={() => choose(category)}>
              <VendorKey category={category} colour={VENDOR_COLOURS[theme][category]} />
              <span className="limits">{text.vendorCategories[category]}</span>
              <span className="hidden">{text.onlyClass}</span>
            </Button>
          </li>
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
      />
    </ul>
  );
}
