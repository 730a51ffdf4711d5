// The list of areas: found by name, ordered by number or by name, each with its place among all.

import { searchKey } from '../lib/names';
import type { Area } from './areaList';
import type { AreaValue } from './areaStat';

export const AREA_ORDERS = ['most', 'least', 'name'] as const;
export type AreaOrder = (typeof AREA_ORDERS)[number];

export interface RankedArea extends AreaValue {
  /** 1 is the greatest number; equal numbers share a rank. `null` where nobody knows. */
  rank: number | null;
  /** Part of the greatest number. */
  share: number;
}

/** `rows` come by name; equal numbers stay so. Unknown numbers come last. */
export function rankAreas(rows: readonly AreaValue[], order: AreaOrder, sought: string): RankedArea[] {
  const falling = rows.flatMap(({ value }) => value ?? []).toSorted((a, b) => b - a);
  const ranks = new Map<number, number>();
  for (const [i, value] of falling.entries()) if (!ranks.has(value)) ranks.set(value, i + 1);
  const most = falling[0] ?? 0;
  const ranked = rows.map(
    (row): RankedArea => ({
      ...row,
      rank: row.value === null ? null : (ranks.get(row.value) ?? null),
      share: row.value === null || most === 0 ? 0 : row.value / most,
    }),
  );
  return ranked.filter(({ area }) => isFound(area, sought)).toSorted((a, b) => compare(order, a, b));
}

function compare(order: AreaOrder, a: RankedArea, b: RankedArea): number {
  if (order === 'name') return 0;
  if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
  return order === 'most' ? b.value - a.value : a.value - b.value;
}

/** Every word that was typed is in the name. */
function isFound({ search }: Area, sought: string): boolean {
  const name = searchKey(search);
  return searchKey(sought)
    .split(' ')
    .every((word) => name.includes(word));
}
