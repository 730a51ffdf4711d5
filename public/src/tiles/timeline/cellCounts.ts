// Counts of the cells of a drawn tile: those of the four timeline tiles below it, so that cells are those of density.

import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import { dayNumber } from '../../data/time/days';
import type { TimelineMonth } from '../../data/timeline';
import type { CellAddress } from '../cells';
import type { TileAddress } from '../tileAddress';
import type { TimelineArchives } from './archives';
import type { TimelineLayer } from './columns';
import { cellPlaces, TIMELINE_SIDE } from './hilbert';
import { type Question, RangeCounts } from './rangeCounts';

export const TILE_CELLS = CELLS_PER_TILE ** 2;

/** The address of a cell of a drawn tile, by its number. */
export function addressOf({ z, x, y }: TileAddress, cell: number): CellAddress {
  return {
    level: z + CELL_LEVELS,
    column: x * CELLS_PER_TILE + (cell % CELLS_PER_TILE),
    row: y * CELLS_PER_TILE + Math.floor(cell / CELLS_PER_TILE),
  };
}

const ORDER_FAMILIES = ['timeline-orders'] as const;
const ALL_FAMILIES = ['timeline-orders', 'timeline-users', 'timeline-line-users'] as const;
const HOUR_FAMILIES = ['timeline-hours'] as const;

/** The layers without `-totals` that a question needs. Users are not counted by hour. */
export function familiesOf({ hours }: Question, hasUsers: boolean): readonly TimelineLayer[] {
  if (hours) return HOUR_FAMILIES;
  return hasUsers ? ALL_FAMILIES : ORDER_FAMILIES;
}

export function monthStart({ slot }: TimelineMonth): number {
  return dayNumber(`${slot}-01`);
}

/** The layer of a month: totals where the range has all days of the month that have data. */
export function layerOf(family: TimelineLayer, { from, to }: TimelineMonth, { first, last }: Question): TimelineLayer {
  const isWhole = first <= dayNumber(from) && dayNumber(to) <= last;
  return isWhole ? (`${family}-totals` as TimelineLayer) : family;
}

/** The months that share days with the range. */
export function monthsOf(months: readonly TimelineMonth[], { first, last }: Question): TimelineMonth[] {
  return months.filter(({ from, to }) => dayNumber(from) <= last && dayNumber(to) >= first);
}

/** Counts by cell, row by row. `lines` are the names of the counted lines. */
export async function countTile(
  archives: TimelineArchives,
  months: readonly TimelineMonth[],
  lines: readonly string[],
  question: Question,
  tile: TileAddress,
  hasUsers: boolean,
): Promise<RangeCounts> {
  const counts = new RangeCounts(lines.length, TILE_CELLS);
  const parts = childrenOf(tile).flatMap((child) => {
    const cells = cellsInParent(child);
    return monthsOf(months, question).flatMap((month) =>
      familiesOf(question, hasUsers).map(async (family) => {
        const layer = layerOf(family, month, question);
        const archive = await archives.archive(month, layer);
        const rows = archive && (await archives.rows(archive, layer, child));
        if (!rows) return;
        const places = {
          layer,
          monthStart: monthStart(month),
          lines: lineNumbers(archive.lines, lines),
          cells,
        };
        counts.add(rows, places, question);
      }),
    );
  });
  await Promise.all(parts);
  return counts;
}

export function childrenOf({ z, x, y }: TileAddress): TileAddress[] {
  const sides = [0, 1];
  return sides.flatMap((dy) => sides.map((dx) => ({ z: z + 1, x: 2 * x + dx, y: 2 * y + dy })));
}

/** The number of each line of an archive among the counted lines. */
export function lineNumbers(own: readonly string[], lines: readonly string[]): number[] {
  return own.map((line) => lines.indexOf(line));
}

/** The number of each cell of a timeline tile in the drawn tile above it, row by row. */
export function cellsInParent(child: TileAddress): Uint16Array {
  const [left, top] = [(child.x % 2) * TIMELINE_SIDE, (child.y % 2) * TIMELINE_SIDE];
  return cellPlaces(child).map((place) => {
    const [column, row] = [place % TIMELINE_SIDE, Math.floor(place / TIMELINE_SIDE)];
    return (top + row) * CELLS_PER_TILE + left + column;
  });
}
