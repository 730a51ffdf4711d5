// Counts of a range of days from the rows of timeline tiles. A day counts from 0, and the last one is included.

import type { TimelineRows } from './columns';

export interface DayRange {
  first: number;
  last: number;
}

/** For each cell, the orders of all days before a day: index `d` has those of the days 0 to `d` − 1. */
export type CellSums = ReadonlyMap<number, Uint32Array>;

export type OrderKind = 'orders' | 'organic' | 'nonOrganic' | 'unknown';

/** Sums of `timeline-orders` over `days` days, of the lines for which `isChosen` is true. */
export function sumDays(
  rows: TimelineRows,
  days: number,
  kind: OrderKind,
  isChosen: (line: number) => boolean,
): CellSums {
  const { cell: cells, line: lines, day: dayOfRow } = rows.columns;
  const sums = new Map<number, Uint32Array>();
  for (let row = 0; row < rows.length; row++) {
    const count = countOf(rows, row, kind);
    if (count === 0 || !isChosen(lines[row] ?? 0)) continue;
    const cell = cells[row] ?? 0;
    const own = sums.get(cell) ?? new Uint32Array(days + 1);
    sums.set(cell, own);
    const after = (dayOfRow[row] ?? 0) + 1;
    own[after] = (own[after] ?? 0) + count;
  }
  for (const own of sums.values()) {
    for (let day = 1; day <= days; day++) own[day] = (own[day] ?? 0) + (own[day - 1] ?? 0);
  }
  return sums;
}

function countOf({ columns }: TimelineRows, row: number, kind: OrderKind): number {
  const of = (column: 'orders' | 'organic' | 'unknown') => columns[column][row] ?? 0;
  return kind === 'nonOrganic' ? of('orders') - of('organic') - of('unknown') : of(kind);
}

/** The orders of a cell in a range: one subtraction, whatever the range. */
export function ordersBetween(sums: CellSums, cell: number, { first, last }: DayRange): number {
  const own = sums.get(cell);
  return own ? (own[last + 1] ?? 0) - (own[first] ?? 0) : 0;
}

/**
 * The distinct users of the cells in a range, from `timeline-users`, or from `timeline-line-users` with one chosen
 * line: events in the range whose previous day is before the range. A cell is put once for each of its rows.
 */
export function eachUser(
  rows: TimelineRows,
  { first, last }: DayRange,
  isChosen: readonly boolean[] | null,
  put: (cell: number, users: number) => void,
): void {
  const { cell: cells, line: lines, day: days, since, users } = rows.columns;
  for (let row = 0; row < rows.length; row++) {
    const day = days[row] ?? 0;
    if (day < first || day > last) continue;
    const back = since[row] ?? 0;
    if (back !== 0 && day - back >= first) continue;
    if (isChosen && !isChosen[lines[row] ?? 0]) continue;
    put(cells[row] ?? 0, users[row] ?? 0);
  }
}
