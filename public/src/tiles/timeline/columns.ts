// Reads the packed columns of timeline tiles and tables (docs/formats.md, "Timeline layers").

import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';

const ORDERS = ['orders', 'organic', 'unknown'] as const;
const USERS = ['users'] as const;

/** The keys and counts of the rows of each layer, in the order of the rows. */
export const TIMELINE_SCHEMAS = {
  'timeline-orders': { keys: ['cell', 'line', 'day'], counts: ORDERS },
  'timeline-orders-totals': { keys: ['cell', 'line'], counts: ORDERS },
  'timeline-users': { keys: ['cell', 'day', 'since'], counts: USERS },
  'timeline-users-totals': { keys: ['cell', 'before'], counts: USERS },
  'timeline-line-users': { keys: ['cell', 'line', 'day', 'since'], counts: USERS },
  'timeline-line-users-totals': { keys: ['cell', 'line', 'before'], counts: USERS },
  'timeline-hours': { keys: ['cell', 'line', 'day', 'hour'], counts: ORDERS },
  'timeline-hours-totals': { keys: ['cell', 'line', 'weekday', 'hour'], counts: ORDERS },
} as const;

export type TimelineLayer = keyof typeof TIMELINE_SCHEMAS;

export type TimelineColumn =
  | (typeof TIMELINE_SCHEMAS)[TimelineLayer]['keys'][number]
  | (typeof TIMELINE_SCHEMAS)[TimelineLayer]['counts'][number];

/** Rows by column: value `i` of each column belongs to row `i`. Rows ascend by their keys. */
export interface TimelineRows {
  length: number;
  /** A column that the layer does not have is empty. */
  columns: Readonly<Record<TimelineColumn, Uint32Array>>;
}

/** A character from here on has 14 bits of a number that goes on with the next character. */
const CONTINUED = 0x8000;
const BITS = 14;

/** The rows of a tile, not compressed. */
export function decodeTimelineTile(tile: Uint8Array, name: TimelineLayer): TimelineRows {
  const layer = new VectorTile(new PbfReader(tile)).layers[name];
  if (layer?.length !== 1) throw new Error(`tile is not one feature of ${name}`);
  const { rows, ...texts } = layer.feature(0).properties;
  return decodeTimelineColumns(texts, Number(rows), name);
}

/** The rows of packed columns, such as those of a table. */
export function decodeTimelineColumns(
  texts: Readonly<Record<string, unknown>>,
  length: number,
  name: TimelineLayer,
): TimelineRows {
  const { keys, counts } = TIMELINE_SCHEMAS[name];
  const rows: TimelineRows = { length, columns: emptyColumns() };
  const columns: Record<string, Uint32Array> = rows.columns;
  for (const column of [...keys, ...counts]) columns[column] = new Uint32Array(length);
  const readers = keys.map((key) => ({
    steps: readerOf(texts, key),
    counts: readerOf(texts, `${key}_count`),
    values: columns[key] ?? new Uint32Array(),
  }));
  let row = 0;
  const readBelow = (level: number): void => {
    const reader = readers[level];
    if (!reader) {
      row++;
      return;
    }
    let key = -1;
    const read = () => {
      key += reader.steps.next() + 1;
      const start = row;
      readBelow(level + 1);
      reader.values.fill(key, start, row);
    };
    if (level === 0) while (!reader.steps.isAtEnd()) read();
    else for (let left = reader.counts.next(); left >= 0; left--) read();
  };
  readBelow(0);
  if (row !== length) throw new Error(`${name} has ${row} rows instead of ${length}`);
  counts.forEach((count, index) => {
    if (texts[count] === undefined && index > 0) return;
    const reader = readerOf(texts, count);
    const values = columns[count] ?? new Uint32Array();
    for (let i = 0; i < length; i++) values[i] = reader.next() + (index === 0 ? 1 : 0);
    reader.end();
  });
  for (const { steps, counts: lengths } of readers) {
    steps.end();
    lengths.end();
  }
  return rows;
}

function emptyColumns(): Record<TimelineColumn, Uint32Array> {
  const none = new Uint32Array();
  return {
    cell: none,
    line: none,
    day: none,
    weekday: none,
    hour: none,
    since: none,
    before: none,
    orders: none,
    organic: none,
    unknown: none,
    users: none,
  };
}

/** Reads the numbers of a column one after the other. A column that is missing has none. */
function readerOf(texts: Readonly<Record<string, unknown>>, column: string) {
  const text = String(texts[column] ?? '');
  let at = 0;
  return {
    isAtEnd: () => at >= text.length,
    next(): number {
      let number = 0;
      for (let shift = 0; at < text.length; shift += BITS) {
        const code = text.charCodeAt(at++);
        // A shift of JavaScript has 32 bits and a sign, and numbers have up to 32 bits.
        if (code < CONTINUED) return number + code * 2 ** shift;
        number += (code - CONTINUED) * 2 ** shift;
      }
      throw new Error(`column ${column} is too short`);
    },
    end(): void {
      if (at < text.length) throw new Error(`column ${column} is too long`);
    },
  };
}
