// Figures of a city or area in a range of days, for the chosen lines.

import type { ValueRange } from '@styles/measure';
import type { PlaceCounts } from '../../tiles/timeline/placeCounts';

export interface RangeFigures {
  orders: number;
  organic: number;
  /** Bounds: with several lines a user may be counted in each. */
  users: ValueRange;
}

/** `lines` are indices. An empty list means every line. A place without counts has zeros. */
export function figuresOf(counts: PlaceCounts | undefined, lines: readonly number[]): RangeFigures {
  if (!counts) return { orders: 0, organic: 0, users: { min: 0, max: 0 } };
  if (lines.length === 0) {
    const { orders, organic, users } = counts;
    return { orders, organic, users: { min: users, max: users } };
  }
  const chosen = lines.flatMap((line) => counts.byLine[line] ?? []);
  const sumOf = (name: 'orders' | 'organic' | 'users'): number => chosen.reduce((sum, one) => sum + one[name], 0);
  const users = { min: Math.max(...chosen.map((one) => one.users)), max: Math.min(counts.users, sumOf('users')) };
  return { orders: sumOf('orders'), organic: sumOf('organic'), users };
}
