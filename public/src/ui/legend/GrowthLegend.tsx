// The legend of growth: a class around no change, and three of falls and of rises.

import { type GrowthRow, growthLimits, growthRows } from '@styles/growth';
import { THEMES } from '@styles/tokens';
import { growthStyle } from '../../view/densityStyle';
import { cityNameOf, linesOf } from '../../view/summary';
import { useApp, useI18n, useModel, useStore, useUrl } from '../hooks/context';

export default function GrowthLegend({ isStrip = false }: { isStrip?: boolean }) {
  const { view } = useApp();
  const state = useUrl();
  const { dataset } = useModel('dataset');
  const zoom = useStore(view.camera).zoom;
  const growth = dataset && growthStyle(state, dataset);
  if (!growth) return null;
  const rows = growthRows(growthLimits(growth, zoom), THEMES[state.theme].growth);
  return isStrip ? <Strip rows={rows} /> : <Card rows={rows} minCount={growth.minCount} />;
}

function Card({ rows, minCount }: { rows: readonly GrowthRow[]; minCount: number }) {
  const state = useUrl();
  const { dataset, catalog } = useModel('dataset', 'catalog');
  const i18n = useI18n();
  const { text, format } = i18n;
  const limits = useLimits();
  if (!dataset?.growth) return null;
  const { layer, growth } = dataset;
  const city = cityNameOf(state, catalog);
  const isPercent = state.growth?.scale === 'percent';
  return (
    <section
      className="legend card"
      aria-label={text.legend}
      data-legend="growth"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
    >
      {/* What is drawn, also while another choice loads. */}
      <h2>{text.growthOf(text.kindsLong[growth.kind])}</h2>
      <p className="muted">
        {city} · {linesOf(growth, dataset, i18n) ?? text.allLines}
      </p>
      <p className="muted">
        {text.growthDays(format.days(layer.from, layer.to), format.days(growth.before.from, growth.before.to))}
      </p>
      <p className="muted">{text.growthScales[isPercent ? 'percent' : 'difference']}</p>
      <ol className="classes growth-classes">
        {rows.map((row) => (
          <li key={row.colour} data-from={row.from ?? undefined} data-to={row.to ?? undefined}>
            <span className="key" style={{ background: row.colour }} />
            {limits(row)}
          </li>
        ))}
        {minCount > 1 && (
          <li>
            <span className="key" style={{ background: THEMES[state.theme].few }} />
            {text.growthFew(format.number(minCount))}
          </li>
        )}
      </ol>
      <div className="notes">
        <p>{isPercent ? text.growthPercentNote : text.growthLimits(city)}</p>
      </div>
    </section>
  );
}

/** The limits of a class in words. */
function useLimits(): (row: GrowthRow) => string {
  const { growth } = useUrl('growth');
  const { text, format } = useI18n();
  const number = growth?.scale === 'percent' ? format.signedPercent : format.signed;
  // Isolated, so that the sign of each number stays in front of it between Persian words.
  const written = (value: number): string => `\u2066${number(value)}\u2069`;
  return ({ from, to }) => {
    if (from === null) return text.growthLess(written(to ?? 0));
    return to === null ? text.growthMore(written(from)) : text.range(written(from), written(to));
  };
}

function Strip({ rows }: { rows: readonly GrowthRow[] }) {
  const { kind } = useUrl('kind');
  const { text } = useI18n();
  const colours = rows.map(({ colour }) => colour).toReversed();
  const stops = colours.map((colour, i) => `${colour} ${(100 * i) / 7}% ${(100 * (i + 1)) / 7}%`);
  return (
    <div className="strip" data-side="main" aria-hidden="true">
      <span className="strip-title">{text.growthOf(text.kindsLong[kind])}</span>
      <span className="bar" style={{ background: `linear-gradient(to var(--end), ${stops.join(', ')})` }} />
    </div>
  );
}
