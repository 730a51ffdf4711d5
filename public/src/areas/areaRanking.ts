// The list of areas, filtered by name, sorted by value or by name, each with its rank.

import { searchKey } from '../lib/names';
import type { Area } from './areaList';
import type { AreaValue } from './areaStat';

export const AREA_ORDERS = ['highest', 'lowest', 'name'] as const;
export type AreaOrder = (typeof AREA_ORDERS)[number];

export interface RankedArea extends AreaValue {
  /** 1 is the largest value. Equal values share a rank. `null` where the value is unknown. */
  rank: number | null;
  /** The value as a share of the largest one. */
  share: number;
}

/** `rows` are sorted by name, and equal values keep that order. Unknown values come last. */
export function rankAreas(rows: readonly AreaValue[], order: AreaOrder, sought: string): RankedArea[] {
  const falling = rows.flatMap(({ value }) => value ?? []).toSorted((a, b) => b - a);
  const ranks = new Map<number, number>();
  for (const [i, value] of falling.entries()) if (!ranks.has(value)) ranks.set(value, i + 1);
  const largest = falling[0] ?? 0;
  const ranked = rows.map(
    (row): RankedArea => ({
      ...row,
      rank: row.value === null ? null : (ranks.get(row.value) ?? null),
      share: row.value === null || largest === 0 ? 0 : row.value / largest,
    }),
  );
  return ranked.filter(({ area }) => isFound(area, sought)).toSorted((a, b) => compare(order, a, b));
}

function compare(order: AreaOrder, a: RankedArea, b: RankedArea): number {
  if (order === 'name') return 0;
  if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
  return order === 'highest' ? b.value - a.value : a.value - b.value;
}

/** Whether the name contains every typed word. */
function isFound({ search }: Area, sought: string): boolean {
  const name = searchKey(search);
  return searchKey(sought)
    .split(' ')
    .every((word) => name.includes(word));
}
