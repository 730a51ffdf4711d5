// The legend of coverage or vendors in one line, for the closed sheet on phones.

import { type CoverageClass, ratioClasses, totalClasses } from '@styles/coverage';
import { VENDOR_CATEGORIES, VENDOR_COLOURS } from '@styles/vendors';
import { lineName } from '../../i18n/texts';
import { coverageLine } from '../../view/overlayStyle';
import { linesOf } from '../../view/summary';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { useAreaView } from '../hooks/useAreaView';
import { StripClasses } from './StripClasses';
import { VendorKey } from './VendorKey';

/** There is room for one line. Density and coloured areas take precedence. */
export function OverlayStrip() {
  const { showsDensity, overlays } = useUrl('showsDensity', 'overlays');
  const areas = useAreaView();
  if (showsDensity || areas) return null;
  if (overlays.includes('coverage')) return <CoverageStrip />;
  return overlays.includes('vendors') && <VendorStrip />;
}

function CoverageStrip() {
  const state = useUrl('lines');
  const { overlays } = useModel('overlays');
  const { text, format } = useI18n();
  const line = coverageLine(state, overlays);
  const tiles = overlays.find(({ overlay }) => overlay === 'coverage');
  /** Zero vendors is a class of its own; the next class also starts at zero, so it gets a plus sign. */
  const write = (from: number, { to }: Pick<CoverageClass, 'to'>): string =>
    from === 0 && to !== 0 ? `${format.number(0)}+` : format.number(from);
  return (
    <div className="strip" data-of="coverage" aria-hidden="true">
      <span className="strip-title">
        {line === null
          ? text.coverageTotal(linesOf(state, { lines: tiles?.lines ?? [] }, { text, format }))
          : text.coverageRatio(lineName(text, tiles?.lines[line] ?? ''))}
      </span>
      <StripClasses rows={line === null ? totalClasses() : ratioClasses()} write={write} />
    </div>
  );
}

function VendorStrip() {
  const { theme } = useUrl('theme');
  const { text } = useI18n();
  return (
    <div className="strip" data-of="vendors" aria-hidden="true">
      <span className="strip-dots">
        {VENDOR_CATEGORIES.map((category) => (
          <span key={category}>
            <VendorKey category={category} colour={VENDOR_COLOURS[theme][category]} />
            {text.vendorCategories[category]}
          </span>
        ))}
      </span>
    </div>
  );
}
