// The timeline archives and tables of the catalog: the months whose orders are published by day.

import { memoize } from '../lib/memoize';
import { type Catalog, chooseLayer, densityLayersOf, type PublishedLayer } from './catalog';
import { type Days, overlap } from './time/days';
import { daysOfRange } from './time/timeRange';

/** A month of the archives and tables. */
export interface TimelineMonth extends Days {
  /** Such as `2026-11`. */
  slot: string;
  /** The URL of the TileJSON of each layer. */
  layers: Readonly<Record<string, string>>;
  /** The URL of the table of each city. */
  tables: Readonly<Record<string, string>>;
}

export interface Timeline extends Days {
  /** Earliest first. */
  months: readonly TimelineMonth[];
  builtAt: string;
}

/** A chosen range, in place of a published window. */
export interface TimelineLayer extends PublishedLayer {
  hours: string | null;
}

const ORDERS = 'timeline-orders';
const TABLE = 'timeline-areas/';

/** `null` where the server lists no timeline: it is internal. */
export const timelineOf = memoize((catalog: Pick<Catalog, 'layers' | 'tables'>): Timeline | null => {
  const months = catalog.layers
    .filter(({ layer }) => layer === ORDERS)
    .map(({ slot, from, to }): TimelineMonth => {
      const layers = catalog.layers.filter((one) => one.slot === slot && one.layer.startsWith('timeline-'));
      const tables = catalog.tables.filter((one) => one.slot === slot && one.name.startsWith(TABLE));
      return {
        slot,
        from,
        to,
        layers: Object.fromEntries(layers.map(({ layer, tilejson }) => [layer, tilejson])),
        tables: Object.fromEntries(tables.map(({ name, url }) => [name.slice(TABLE.length), url])),
      };
    })
    .toSorted((a, b) => a.slot.localeCompare(b.slot));
  const [first, last] = [months[0], months.at(-1)];
  const builtAt = catalog.layers.findLast(({ layer }) => layer === ORDERS)?.built_at ?? '';
  return first && last ? { from: first.from, to: last.to, months, builtAt } : null;
});

/** The months that share days with a range. */
export function monthsIn({ months }: Timeline, days: Days): TimelineMonth[] {
  return months.filter((month) => overlap(month, days) !== null);
}

/** The range of a name; `null` where there is no timeline or no such range. */
export function rangeLayer(
  catalog: Pick<Catalog, 'layers' | 'tables'>,
  name: string,
  hours: string | null,
): TimelineLayer | null {
  const timeline = timelineOf(catalog);
  const days = timeline && daysOfRange(name, timeline);
  if (!days) return null;
  return {
    layer: 'timeline',
    slot: name,
    job: null,
    ...days,
    built_at: timeline.builtAt,
    data_at: null,
    next_due: null,
    sources: [],
    tilejson: '',
    hours,
  };
}

/** The published windows that the page offers. With a timeline, shorter ones are ranges. */
export function offeredWindows(catalog: Catalog): PublishedLayer[] {
  const layers = densityLayersOf(catalog);
  return timelineOf(catalog) ? layers.filter(({ slot }) => FIXED_WINDOWS.includes(slot)) : layers;
}

/** Published in addition to the timeline, because they are asked for most. */
const FIXED_WINDOWS = ['30d', 'all'];

/**
 * The layer of a window or range in some hours; `null` hours count every hour. `isCounted` prefers the timeline to a
 * published window of the same days.
 */
export function chosenLayer(
  catalog: Catalog,
  window: string | null,
  hours: string | null,
  isCounted = false,
): PublishedLayer | null {
  const published = chooseLayer(offeredWindows(catalog), window);
  const name = window ?? published?.slot ?? null;
  if (name === null || (hours === null && !isCounted && published?.slot === name)) return published;
  return rangeLayer(catalog, name, hours) ?? rangeLayer(catalog, published?.slot ?? '', hours) ?? published;
}

export function isSameLayer(a: PublishedLayer | undefined, b: PublishedLayer): boolean {
  if (a === undefined || !isRange(a) || !isRange(b)) return a === b;
  return (['slot', 'from', 'to', 'hours', 'built_at'] as const).every((key) => a[key] === b[key]);
}

export function isRange(layer: PublishedLayer): layer is TimelineLayer {
  return layer.layer === 'timeline';
}
