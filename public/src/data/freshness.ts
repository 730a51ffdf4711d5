// The freshness of the map: when each layer was built, when the next build is due, and whether it is late.

import type { Catalog } from './catalog';
import { type Hold, holdOf } from './holds';

export interface Build {
  type: 'layer' | 'table';
  name: string;
  slot: string;
  builtAt: string;
  /** The time of the newest input data; `null` where it is unknown. */
  dataAt: string | null;
  /** The time when the next build is due; `null` where it is unknown. */
  nextDue: string | null;
  /** The number of orders of a density layer, or of rows of a table; `null` for other layers. */
  rows: number | null;
  /** The hold that keeps it from being replaced. */
  hold: Hold | null;
}

export function buildsOf(
  { layers, tables, holds }: Pick<Catalog, 'layers' | 'tables' | 'holds'>,
  now: number,
): Build[] {
  return [
    ...layers.map(({ layer, slot, job, built_at: builtAt, data_at: dataAt, next_due: nextDue, orders }): Build => {
      const hold = holdOf(holds, job, now);
      return { type: 'layer', name: layer, slot, builtAt, dataAt, nextDue, rows: orders || null, hold };
    }),
    ...tables.map(({ name, job, built_at: builtAt, data_at: dataAt, next_due: nextDue, rows }): Build => {
      const hold = holdOf(holds, job, now);
      return { type: 'table', name, slot: 'now', builtAt, dataAt, nextDue, rows, hold };
    }),
  ];
}

const DAY_MS = 86_400_000;

/** The last day of a daily layer is yesterday, or the day before yesterday until today's build has finished. */
const EXPECTED_AGE_DAYS = 2;

/** A public window of 28 days is replaced when the next one and three days of grace are over. */
export const PUBLIC_AGE_DAYS = 28 + 3 + EXPECTED_AGE_DAYS;

/** The age of data whose last day is `to`, in days; `null` where it is no older than expected. */
export function staleDataDays(
  to: string,
  now: number,
  timeZone?: string,
  expectedDays: number = EXPECTED_AGE_DAYS,
): number | null {
  // The Swedish format of a date is ISO 8601.
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone }).format(now);
  const age = Math.round((Date.parse(today) - Date.parse(to)) / DAY_MS);
  return age > expectedDays ? age : null;
}

export type Health = 'fresh' | 'late' | 'held' | 'unknown' | 'unreachable';

/** The earliest due time, which may be in the past; `null` where none is known. No build is due while it is held. */
export function nextDueOf(builds: readonly Build[]): string | null {
  const due = builds.flatMap(({ nextDue, hold }) => (hold ? [] : (nextDue ?? [])));
  return due.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

/** Allows for the duration of a build and for the polling interval of one minute. */
const GRACE_MS = 5 * 60_000;

export function healthOf(builds: readonly Build[], isReachable: boolean, now: number): Health {
  if (!isReachable) return 'unreachable';
  const due = nextDueOf(builds);
  if (due !== null && now > Date.parse(due) + GRACE_MS) return 'late';
  if (builds.some(({ hold }) => hold !== null)) return 'held';
  return due === null ? 'unknown' : 'fresh';
}

export interface Source {
  name: string;
  dataAt: string;
  isTooOld: boolean;
}

/** The sources whose rows the layers join, each once: the layers of one build have the same. */
export function sourcesOf({ layers }: Pick<Catalog, 'layers'>, now: number): Source[] {
  const sources = layers.flatMap((layer) => layer.sources);
  const byName = new Map(sources.map((source) => [source.name, source]));
  return [...byName.values()].map(({ name, data_at: dataAt, max_age_seconds: maxAge }) => {
    return { name, dataAt, isTooOld: now - Date.parse(dataAt) > maxAge * 1000 };
  });
}
