// The order in which builds are listed: layers as they are drawn, each by its window, then the tables behind them.

import type { Build } from './freshness';

const NAMES: readonly string[] = [
  'density',
  'density-public',
  'coverage',
  'vendors',
  'areas',
  'population',
  'area-stats/orders',
  'area-stats/vendors',
  'options',
];

/** Tables of a city come last. Cities keep the order of the alphabet. */
export function inReadingOrder(builds: readonly Build[]): Build[] {
  return builds.toSorted(
    (a, b) =>
      Number(a.type === 'table') - Number(b.type === 'table') ||
      rankOf(a) - rankOf(b) ||
      daysOf(a) - daysOf(b) ||
      a.name.localeCompare(b.name, 'en'),
  );
}

function rankOf({ name }: Build): number {
  const rank = NAMES.indexOf(name);
  return rank < 0 ? NAMES.length : rank;
}

/** The window of all days comes after every number of days. */
function daysOf({ slot }: Build): number {
  return Number(/^(\d+)d$/.exec(slot)?.[1] ?? Number.MAX_SAFE_INTEGER);
}
