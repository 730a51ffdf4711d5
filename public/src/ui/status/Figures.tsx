// The strip of figures: what the chosen city, lines and window amount to. Loaded after the map, because it is counted.

import type { ValueRange } from '@styles/measure';
import { useEffect, useState } from 'react';
import type { Shortfall } from '../../coverage/areaGaps';
import { lineIndices } from '../../data/lines';
import { isInside } from '../../data/time/days';
import { rangeBefore } from '../../data/time/timeRange';
import { timelineOf } from '../../data/timeline';
import type { Format } from '../../i18n/format';
import type { Text } from '../../i18n/texts';
import { createCellFetcher } from '../../tiles/densityTiles';
import { CITY } from '../../tiles/timeline/placeCounts';
import { cityOf } from '../../view/model';
import { coverageLine, coverageSettings } from '../../view/overlayStyle';
import { type CityFigures, countCity, publishedFigures } from '../../view/range/cityFigures';
import { figuresOf } from '../../view/range/rangeFigures';
import { cityNameOf } from '../../view/summary';
import { useCounted } from '../choices/time/useTimeline';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';
import { useViewFigures } from './useViewFigures';

/** Name for tests, label, shown figure and value. */
type Figure = readonly [name: string, label: string, shown: string, value: number | string, change?: Change];

/** Against the period before. */
interface Change {
  /** As a share of the figure of that period, or as a difference of shares. */
  by: number;
  title: string;
}

export default function Figures() {
  const state = useUrl('city', 'lang');
  const { catalog } = useModel('catalog');
  const { text, format } = useI18n();
  const [counted, exact] = [useOrderFigures(), useRangeFigures()];
  const inView = useFiguresInView();
  const figures = [...(exact ?? counted), ...inView, ...useVendorFigures(), ...useShortfallFigures()];
  if (figures.length === 0) return null;
  return (
    <section className="figures card" aria-label={text.figuresOf(cityNameOf(state, catalog))}>
      <dl>
        {figures.map(([name, label, shown, value, change]) => (
          <div key={name} data-figure={name} data-value={value} data-change={change?.by}>
            <dt>{label}</dt>
            <dd>
              {shown}
              {change && (
                <span className="change" title={change.title}>
                  {format.signedPercent(change.by)}
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Shared by every strip, so that a choice of lines counts cached cells. */
const fetchCells = createCellFetcher();

function useOrderFigures(): Figure[] {
  const { dataset, catalog } = useModel('dataset', 'catalog');
  const state = useUrl('city', 'lines', 'showsDensity', 'overlays');
  const { text, format } = useI18n();
  const [counted, setCounted] = useState<{ of: unknown; figures: CityFigures } | null>(null);
  const city = catalog && cityOf(catalog, state);
  const { lines } = state;
  const isShown = state.showsDensity || state.overlays.includes('areas');
  const published = dataset && city ? publishedFigures(dataset, city, lineIndices(lines, dataset.lines)) : null;
  const isCounted = isShown && !published;
  useEffect(() => {
    if (!(dataset && city && isCounted)) return;
    let isCurrent = true;
    countCity(dataset, city, lineIndices(lines, dataset.lines), fetchCells).then(
      (figures) => isCurrent && setCounted({ of: dataset, figures }),
      // The map reports tiles that cannot be loaded; a figure that is unknown is left out.
      () => isCurrent && setCounted(null),
    );
    return () => {
      isCurrent = false;
    };
  }, [dataset, city, lines, isCounted]);
  const figures = published ?? (counted?.of === dataset ? counted?.figures : null);
  if (!isShown || !figures) return [];
  const { orders, organic } = figures;
  return [
    ['orders', text.kinds.orders, format.number(orders), orders],
    ...(orders > 0
      ? [['organic', text.kinds.organic, format.percent(organic / orders), organic / orders] as const]
      : []),
  ];
}

/**
 * The figures of the city in the shown days, from the tables of the timeline, each with its change against as many days
 * before. `null` where they are not counted: without a timeline, by hour, and for days outside it.
 */
function useRangeFigures(): Figure[] | null {
  const { dataset, catalog } = useModel('dataset', 'catalog');
  const { lines, showsDensity, overlays } = useUrl('lines', 'showsDensity', 'overlays');
  const { text, format } = useI18n();
  const timeline = catalog && timelineOf(catalog);
  const days = dataset && { from: dataset.layer.from, to: dataset.layer.to };
  const isByHour = dataset?.range && !dataset.range.hasUsers;
  const isCounted = timeline && days && !isByHour && isInside(days, timeline);
  const before = isCounted ? rangeBefore(days, timeline) : null;
  const isShown = showsDensity || overlays.includes('areas');
  const figures = useCounted(
    isCounted && isShown ? JSON.stringify(['figures', days, lines]) : null,
    async ({ client, base }, city) => {
      const [now, earlier] = await Promise.all([
        days && client.places(city, days),
        before && client.places(city, before),
      ]);
      const known = lineIndices(lines, base.lines);
      const of = (counts: typeof now) => counts && figuresOf(counts.get(CITY), known);
      return { now: of(now), earlier: of(earlier) };
    },
  );
  if (!figures?.now) return null;
  const { now, earlier } = figures;
  const changeOf = (by: number | null): Change | undefined =>
    by === null || !before
      ? undefined
      : { by, title: text.changeFrom(format.signedPercent(by), format.days(before.from, before.to)) };
  const relative = (to: number, from: number | undefined): Change | undefined =>
    changeOf(from ? (to - from) / from : null);
  const { users } = now;
  const isExact = users.min === users.max;
  const shownUsers = isExact
    ? format.number(users.min)
    : text.between(format.number(users.min), format.number(users.max));
  const wasExact = earlier && earlier.users.min === earlier.users.max;
  return [
    ['orders', text.kinds.orders, format.number(now.orders), now.orders, relative(now.orders, earlier?.orders)],
    [
      'users',
      text.kinds.users,
      shownUsers,
      isExact ? users.min : `${users.min}-${users.max}`,
      isExact && wasExact ? relative(users.min, earlier.users.min) : undefined,
    ],
    ...(now.orders > 0
      ? [['organic', text.kinds.organic, format.percent(now.organic / now.orders), now.organic / now.orders] as const]
      : []),
  ];
}

/** Orders in view are exact. Users in view are bounds, because one user may have ordered in several cells. */
function useFiguresInView(): Figure[] {
  const found = useViewFigures(fetchCells);
  const { text, format } = useI18n();
  if (!found) return [];
  const { orders, before, users } = found;
  const by = before && before.orders > 0 ? (orders - before.orders) / before.orders : null;
  const change =
    before && by !== null
      ? { by, title: text.changeFrom(format.signedPercent(by), format.days(before.from, before.to)) }
      : undefined;
  return [
    ['view-orders', text.ordersInView, format.number(orders), orders, change],
    ...(users && orders > 0 ? [usersInViewOf(users, text, format)] : []),
  ];
}

function usersInViewOf({ min, max }: ValueRange, text: Text, format: Format): Figure {
  const shown = min === max ? format.number(min) : text.between(format.number(min), format.number(max));
  return ['view-users', text.usersInView, shown, min === max ? min : `${min}-${max}`];
}

/** The filtered vendors of the chosen lines. */
function useVendorFigures(): Figure[] {
  const { lines, overlays } = useUrl('lines', 'overlays');
  const { text, format } = useI18n();
  const shown = useShownVendors();
  const isCounted = overlays.some((overlay) => overlay !== 'population');
  if (!(shown && isCounted)) return [];
  const { length } = shown.vendors.filter(({ line }) => lines.length === 0 || lines.includes(line));
  return [['vendors', text.overlayNames.vendors, format.number(length), length]];
}

/** Only with coverage of one line, which has targets. */
function useShortfallFigures(): Figure[] {
  const { coverage } = useApp();
  const model = useModel('overlays', 'vendorTable', 'catalog', 'config');
  const state = useUrl();
  const { text, format } = useI18n();
  const [found, setFound] = useState<{ key: string; shortfall: Shortfall } | null>(null);
  const line = coverageLine(state, model.overlays);
  const city = model.catalog && cityOf(model.catalog, state)?.key;
  const isShown = state.overlays.includes('coverage') && model.vendorTable !== null;
  const key =
    isShown && city && line !== null ? JSON.stringify({ settings: coverageSettings(state, model), city, line }) : null;
  useEffect(() => {
    if (key === null) return;
    let isCurrent = true;
    const { settings, city: of, line: at } = JSON.parse(key);
    const timer = setTimeout(() => {
      coverage()
        .shortfall(settings, of, at)
        .then(
          (shortfall) => isCurrent && setFound(shortfall && { key, shortfall }),
          // The map reports tables that cannot be loaded.
          () => isCurrent && setFound(null),
        );
    }, SETTLE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [coverage, key]);
  if (key === null || found?.key !== key) return [];
  const { below, targeted } = found.shortfall;
  return [['below', text.belowTarget, text.outOf(format.number(below), format.number(targeted)), below]];
}

/** While a slider moves, only the latest settings are counted. */
const SETTLE_MS = 200;
