// The statistics by which areas are coloured and ranked, and their value for an area.

import { isShown, type VendorAttributes, type VendorFilter } from '@styles/vendorFilter';
import { lineIndices } from '../data/lines';
import type { Area } from './areaList';
import { type AreaOrders, ordersIn, type Retention, usersIn, type WindowCounts } from './areaOrders';

/** In the order of the drop-down. `all-users` counts all days, whatever the window. */
export const AREA_STATS = [
  'population',
  'density',
  'vendors',
  'per10k',
  'gap',
  'orders',
  'users',
  'all-users',
  'lost',
  'retained',
  'gained',
  'fresh',
] as const;

/** Users of the range against those of as many days before it. */
export const RETENTION_STATS = ['lost', 'retained', 'gained', 'fresh'] as const;
export type AreaStat = (typeof AREA_STATS)[number];

/** The source of the values: area tiles, the vendor table, targets of cells, or the internal table of orders. */
export const STAT_SOURCES: Record<AreaStat, 'people' | 'vendors' | 'targets' | 'orders'> = {
  population: 'people',
  density: 'people',
  vendors: 'vendors',
  per10k: 'vendors',
  gap: 'targets',
  orders: 'orders',
  users: 'orders',
  'all-users': 'orders',
  lost: 'orders',
  retained: 'orders',
  gained: 'orders',
  fresh: 'orders',
};

export function retentionStat(stat: AreaStat): (typeof RETENTION_STATS)[number] | null {
  return RETENTION_STATS.find((one) => one === stat) ?? null;
}

/** Whether its values are integers. */
export function isWhole(stat: AreaStat): boolean {
  return stat !== 'density' && stat !== 'per10k';
}

/** Whether only bounds are known: users of several chosen lines are counted once in each line. */
export function hasBoundsOf(stat: AreaStat, lines: readonly number[]): boolean {
  return (stat === 'users' || stat === 'all-users') && lines.length > 1;
}

export const ALL_DAYS = 'all';

/** The slot whose orders the statistic counts. */
export function slotOf(stat: AreaStat, window: string): string {
  return stat === 'all-users' ? ALL_DAYS : window;
}

export const PLATFORMS = ['tapsifood', 'snappfood'] as const;

/** The vendors of one grade or platform. */
export interface VendorSubset {
  facet: 'grade' | 'platform';
  value: string;
}

export function parseSubset(text: string | null): VendorSubset | null {
  const [, facet, value] = /^(grade|platform)-(.+)$/.exec(text ?? '') ?? [];
  return (facet === 'grade' || facet === 'platform') && value ? { facet, value } : null;
}

/** The number of vendors in each area that pass the filter. A vendor in several areas counts in each. */
export function countVendors(
  vendors: readonly VendorAttributes[],
  filter: VendorFilter,
  part: VendorSubset | null,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const vendor of vendors) {
    if (part && vendor[part.facet] !== part.value) continue;
    if (!(Array.isArray(vendor.areaIds) && isShown(filter, vendor))) continue;
    for (const id of vendor.areaIds) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

export interface AreaValue {
  area: Area;
  /** `null` where the value is unknown or not loaded yet. */
  value: number | null;
}

/** The data behind the statistics; `null` where it is not loaded or not available. */
export interface Figures {
  /** By area; areas without vendors are left out. */
  vendors: ReadonlyMap<number, number> | null;
  orders: AreaOrders | null;
  /** Cells below the target of the chosen line, by area with a target. */
  gaps: ReadonlyMap<number, number> | null;
  /** Slot of the window, such as `30d`. */
  window: string;
  /** Names of business lines. An empty list means every line. */
  lines: readonly string[];
}

/** `null` where it is unknown. For distinct users of several lines, the lower bound. */
export function statOf(stat: AreaStat, area: Area, figures: Figures): number | null {
  const { vendors } = figures;
  switch (stat) {
    case 'population':
      return area.population;
    case 'density':
      return area.densityKm2;
    case 'vendors':
      return vendors && (vendors.get(area.id) ?? 0);
    case 'per10k':
      return vendors && perTenThousand(vendors.get(area.id) ?? 0, area.population);
    case 'gap':
      return figures.gaps?.get(area.id) ?? null;
    case 'orders':
      return countedOf(stat, area, figures, ordersIn);
    case 'users':
    case 'all-users':
      return countedOf(stat, area, figures, (counts, lines) => usersIn(counts, lines).min);
    case 'lost':
    case 'retained':
    case 'gained':
    case 'fresh':
      return countedOf(stat, area, figures, (counts, lines) => retentionIn(counts, lines)?.[stat] ?? null);
  }
}

/** Of all lines or of one. Users of several lines cannot be told apart. */
function retentionIn({ retention }: WindowCounts, lines: readonly number[]): Retention | null {
  const [line, ...others] = lines;
  if (others.length > 0) return null;
  return retention?.[line === undefined ? 0 : line + 1] ?? null;
}

export function perTenThousand(vendors: number, population: number | null): number | null {
  return population ? (vendors * 10_000) / population : null;
}

function countedOf(
  stat: AreaStat,
  { id }: Area,
  { orders, window, lines }: Figures,
  count: (counts: WindowCounts, lines: readonly number[]) => number | null,
): number | null {
  const counts = orders?.counts.get(id)?.[slotOf(stat, window)];
  return orders && counts ? count(counts, lineIndices(lines, orders.lines)) : null;
}
