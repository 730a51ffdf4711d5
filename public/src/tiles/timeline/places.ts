// The counts of a city and its areas in a range, from the tables of the timeline. They are exact, distinct users included.

import * as v from 'valibot';
import { dayNumber } from '../../data/time/days';
import type { TimelineMonth } from '../../data/timeline';
import { layerOf, lineNumbers, monthStart, monthsOf } from './cellCounts';
import { addUsers, eachFirstDay, noUsers, retentionOf, type UserTally } from './change/firstDays';
import { decodeTimelineColumns, type TimelineLayer, type TimelineRows } from './columns';
import { CITY, type Retention } from './placeCounts';
import { type Question, RangeCounts } from './rangeCounts';

export const placesSchema = v.object({
  lines: v.array(v.string()),
  places: v.array(v.object({ id: v.optional(v.number()) })),
  layers: v.record(v.string(), v.record(v.string(), v.union([v.string(), v.number()]))),
});

export type PlacesTable = v.InferOutput<typeof placesSchema>;

interface MonthTable {
  month: TimelineMonth;
  ids: readonly number[];
  lines: readonly string[];
  rows(layer: TimelineLayer): TimelineRows | null;
}

const FAMILIES = ['timeline-orders', 'timeline-users', 'timeline-line-users'] as const;

export class CityPlaces {
  readonly #tables: readonly MonthTable[];
  /** The ids of all places of all months; the city is the first. */
  readonly ids: readonly number[];

  constructor(tables: readonly { month: TimelineMonth; table: PlacesTable }[]) {
    this.#tables = tables.map(({ month, table }) => readTable(month, table));
    this.ids = [...new Set([CITY, ...this.#tables.flatMap(({ ids }) => ids)])];
  }

  /** The counts of each place, in the order of `ids`. `lines` are the names of the counted lines. */
  count(question: Question, lines: readonly string[]): RangeCounts {
    const counts = new RangeCounts(lines.length, this.ids.length);
    for (const table of this.#tablesIn(question)) {
      for (const family of FAMILIES) this.#add(counts, table, layerOf(family, table.month, question), question, lines);
    }
    return counts;
  }

  /** Orders of a place by day, from the first to the last day of the question, of the lines for which `counts` is true. */
  orders({ first, last }: Question, place: number, counts: (line: string) => boolean): number[] {
    const days = new Array<number>(last - first + 1).fill(0);
    for (const { month, ids, lines, rows } of this.#tables) {
      const found = rows('timeline-orders');
      const own = ids.indexOf(place);
      if (!found || own < 0) continue;
      const isCounted = lines.map(counts);
      const { cell, line, day, orders } = found.columns;
      for (let row = 0; row < found.length; row++) {
        if (cell[row] !== own || !isCounted[line[row] ?? 0]) continue;
        const at = monthStart(month) + (day[row] ?? 0) - first;
        if (at >= 0 && at < days.length) days[at] = (days[at] ?? 0) + (orders[row] ?? 0);
      }
    }
    return days;
  }

  /**
   * The users of each place in the days before `second` from `first` on, against those from `second` to `last`: of one line,
   * or of all lines. In the order of `ids`.
   */
  retention(days: { first: number; second: number; last: number }, line: string | null): Retention[] {
    const before = this.#users({ first: days.first, last: days.second - 1, hours: null }, line, days.first);
    const after = this.#users({ first: days.second, last: days.last, hours: null }, line, days.first);
    return this.ids.map((_, place) => retentionOf(before[place] ?? noUsers(), after[place] ?? noUsers()));
  }

  /** Users on their first day in the range, by place, and how many of them ordered there since a day before. */
  #users(question: Question, line: string | null, since: number): UserTally[] {
    const found = this.ids.map(noUsers);
    const family = line === null ? 'timeline-users' : 'timeline-line-users';
    for (const { month, ids, lines, rows } of this.#tablesIn(question)) {
      const own = rows(layerOf(family, month, question));
      if (!own) continue;
      const places = ids.map((id) => this.ids.indexOf(id));
      const isOfLine = (index: number): boolean => line === null || lines[index] === line;
      eachFirstDay(own, { monthStart: monthStart(month), question, isOfLine }, (cell, previous, users) => {
        addUsers(found[places[cell] ?? 0] ?? noUsers(), previous, users, since);
      });
    }
    return found;
  }

  #tablesIn(question: Question): MonthTable[] {
    const months = monthsOf(
      this.#tables.map(({ month }) => month),
      question,
    );
    return this.#tables.filter(({ month }) => months.includes(month));
  }

  #add(
    counts: RangeCounts,
    table: MonthTable,
    layer: TimelineLayer,
    question: Question,
    lines: readonly string[],
  ): void {
    const rows = table.rows(layer);
    if (!rows) return;
    const places = {
      layer,
      monthStart: monthStart(table.month),
      lines: lineNumbers(table.lines, lines),
      cells: table.ids.map((id) => this.ids.indexOf(id)),
    };
    counts.add(rows, places, question);
  }
}

function readTable(month: TimelineMonth, { lines, places, layers }: PlacesTable): MonthTable {
  const decoded = new Map<TimelineLayer, TimelineRows | null>();
  const decode = (layer: TimelineLayer): TimelineRows | null => {
    const { rows, ...texts } = layers[layer] ?? {};
    return rows === undefined ? null : decodeTimelineColumns(texts, Number(rows), layer);
  };
  return {
    month,
    ids: places.map(({ id }) => id ?? CITY),
    lines,
    rows(layer) {
      const known = decoded.get(layer);
      const rows = known === undefined ? decode(layer) : known;
      decoded.set(layer, rows);
      return rows;
    },
  };
}

/** The question of a range of days. */
export function questionOf({ from, to }: { from: string; to: string }, hours: readonly boolean[] | null): Question {
  return { first: dayNumber(from), last: dayNumber(to), hours };
}
