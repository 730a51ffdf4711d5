// Counts of a range of days, by cell or place and line, added up from rows of timeline tiles and tables.

import { weekdayOf } from '../../data/time/days';
import { HOURS_PER_DAY } from '../../data/time/hours';
import type { TimelineLayer, TimelineRows } from './columns';

/** What is counted. Days count from 1970-01-01; both ends are included. */
export interface Question {
  first: number;
  last: number;
  /** Whether each hour of the week is chosen, from Monday at midnight; `null` chooses every hour. */
  hours: readonly boolean[] | null;
}

/** Where the rows of an archive or table belong. */
export interface RowPlaces {
  layer: TimelineLayer;
  /** The first day of the calendar month. */
  monthStart: number;
  /** The line of each line index of the archive. */
  lines: ArrayLike<number>;
  /** The cell of each cell number of the archive; a cell that is not counted is below 0. */
  cells: ArrayLike<number>;
}

export const COUNTS = ['orders', 'organic', 'unknown', 'users'] as const;
export type Count = (typeof COUNTS)[number];

export class RangeCounts {
  readonly #values: Uint32Array;
  readonly #isCounted: Uint8Array;

  constructor(
    readonly lines: number,
    readonly cells: number,
  ) {
    this.#values = new Uint32Array((lines * COUNTS.length + 1) * cells);
    this.#isCounted = new Uint8Array(cells);
  }

  /** Whether a cell has any counts. */
  has(cell: number): boolean {
    return this.#isCounted[cell] === 1;
  }

  /** The counts of a cell and line. */
  of(count: Count, line: number, cell: number): number {
    return this.#values[this.#at(count, line, cell)] ?? 0;
  }

  /** The counts of a cell over all lines. Users are distinct, so they are not the sum over lines. */
  ofAll(count: Count, cell: number): number {
    if (count === 'users') return this.#values[this.lines * COUNTS.length * this.cells + cell] ?? 0;
    let sum = 0;
    for (let line = 0; line < this.lines; line++) sum += this.of(count, line, cell);
    return sum;
  }

  add(rows: TimelineRows, places: RowPlaces, question: Question): void {
    if (rows.columns.users.length > 0) this.#addUsers(rows, places, question);
    else this.#addOrders(rows, places, question);
  }

  #at(count: Count, line: number, cell: number): number {
    return (line * COUNTS.length + COUNTS.indexOf(count)) * this.cells + cell;
  }

  #addOrders({ length, columns }: TimelineRows, { monthStart, lines, cells }: RowPlaces, question: Question): void {
    const { first, last, hours } = question;
    const { cell: cellOfRow, line: lineOfRow, day: days, weekday: weekdays, hour: hourOfRow } = columns;
    const { orders, organic, unknown } = columns;
    const [values, stride] = [this.#values, this.cells];
    const hasDays = days.length > 0;
    const hasWeekdays = weekdays.length > 0;
    for (let row = 0; row < length; row++) {
      const day = monthStart + (days[row] ?? 0);
      if (hasDays && (day < first || day > last)) continue;
      if (hours) {
        const weekday = hasWeekdays ? (weekdays[row] ?? 0) : weekdayOf(day);
        if (!hours[weekday * HOURS_PER_DAY + (hourOfRow[row] ?? 0)]) continue;
      }
      const cell = cells[cellOfRow[row] ?? 0] ?? -1;
      if (cell < 0) continue;
      this.#isCounted[cell] = 1;
      const at = (lines[lineOfRow[row] ?? 0] ?? 0) * COUNTS.length * stride + cell;
      values[at] = (values[at] ?? 0) + (orders[row] ?? 0);
      values[at + stride] = (values[at + stride] ?? 0) + (organic[row] ?? 0);
      values[at + 2 * stride] = (values[at + 2 * stride] ?? 0) + (unknown[row] ?? 0);
    }
  }

  /** A user counts on the first day in the range: the one whose previous day is before the range. */
  #addUsers({ length, columns }: TimelineRows, { monthStart, lines, cells }: RowPlaces, question: Question): void {
    const { first, last } = question;
    const { cell: cellOfRow, line: lineOfRow, day: days, since, before, users } = columns;
    const [values, stride] = [this.#values, this.cells];
    const isByLine = lineOfRow.length > 0;
    const hasDays = days.length > 0;
    for (let row = 0; row < length; row++) {
      const day = monthStart + (days[row] ?? 0);
      if (hasDays && (day < first || day > last)) continue;
      const back = (hasDays ? since[row] : before[row]) ?? 0;
      if (back > 0 && day - back >= first) continue;
      const cell = cells[cellOfRow[row] ?? 0] ?? -1;
      if (cell < 0) continue;
      this.#isCounted[cell] = 1;
      const line = isByLine ? (lines[lineOfRow[row] ?? 0] ?? 0) : this.lines;
      const at = (line * COUNTS.length + (isByLine ? COUNTS.indexOf('users') : 0)) * stride + cell;
      values[at] = (values[at] ?? 0) + (users[row] ?? 0);
    }
  }
}
