// How fresh the map is: what was built when, what is due next, and whether that is late.

import type { Catalog } from './catalog';

export interface Build {
  what: 'layer' | 'table';
  name: string;
  slot: string;
  builtAt: string;
  /** When the newest of its data were written; `null` where nobody said. */
  dataAt: string | null;
  /** When the next build should have replaced it; `null` where nobody said. */
  nextDue: string | null;
  /** Orders of a density, rows of a table; `null` where nothing is counted. */
  rows: number | null;
}

export function buildsOf({ layers, tables }: Pick<Catalog, 'layers' | 'tables'>): Build[] {
  return [
    ...layers.map(({ layer, slot, built_at: builtAt, data_at: dataAt, next_due: nextDue, orders }): Build => {
      return { what: 'layer', name: layer, slot, builtAt, dataAt, nextDue, rows: orders || null };
    }),
    ...tables.map(({ name, built_at: builtAt, data_at: dataAt, next_due: nextDue, rows }): Build => {
      return { what: 'table', name, slot: 'now', builtAt, dataAt, nextDue, rows };
    }),
  ];
}

export type Health = 'fresh' | 'late' | 'unknown' | 'unreachable';

/** The soonest that is due, be it in the past; `null` where nothing has a time. */
export function nextDueOf(builds: readonly Build[]): string | null {
  return builds.flatMap(({ nextDue }) => nextDue ?? []).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

/** Builds take a while, and a page asks once a minute. */
const GRACE_MS = 5 * 60_000;

export function healthOf(builds: readonly Build[], isReachable: boolean, now: number): Health {
  if (!isReachable) return 'unreachable';
  const due = nextDueOf(builds);
  if (due === null) return 'unknown';
  return now > Date.parse(due) + GRACE_MS ? 'late' : 'fresh';
}
