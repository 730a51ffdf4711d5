// Pictures of a range while it is dragged or played: one pixel a cell, from cumulative sums, without tiles.

import { CELLS_PER_TILE } from '@styles/tokens';
import type { TimelineMonth } from '../../data/timeline';
import type { TileAddress } from '../tileAddress';
import type { TimelineArchives } from './archives';
import { cellsInParent, childrenOf, monthStart, monthsOf } from './cellCounts';
import type { TimelineLayer, TimelineRows } from './columns';
import type { Question } from './rangeCounts';
import { type CellSums, eachUser, type OrderKind, ordersBetween, sumDays } from './sums';

/** What a picture counts: the kind, and the names of the chosen lines, none for every line. */
export interface Measured {
  kind: OrderKind | 'users';
  lines: readonly string[];
}

/** The lower limit and the colour of each class, ascending. */
export interface Palette {
  limits: readonly number[];
  /** Red, green and blue, 0 to 255. */
  colours: readonly (readonly [number, number, number])[];
}

/** A block of drawn tiles. */
export interface Block {
  z: number;
  left: number;
  top: number;
  columns: number;
  rows: number;
}

export interface Frame {
  width: number;
  height: number;
  /** Four bytes a cell, row by row. */
  pixels: Uint8ClampedArray<ArrayBuffer>;
  /** The time that counting and colouring took, without waiting for tiles. */
  ms: number;
}

interface Part {
  month: TimelineMonth;
  rows: TimelineRows;
  /** The place of each cell in the block, row by row. */
  places: Uint32Array;
  /** Orders; `null` for users, which have no sums. */
  sums: CellSums | null;
  /** By line of the archive; `null` for all lines. */
  isChosen: readonly boolean[] | null;
}

const LONGEST_MONTH = 31;
const OPAQUE = 255;

export class Frames {
  #key = '';
  readonly #parts = new Map<string, Part | null>();

  constructor(
    readonly archives: TimelineArchives,
    readonly months: readonly TimelineMonth[],
  ) {}

  async draw(question: Question, block: Block, measured: Measured, palette: Palette): Promise<Frame> {
    const key = JSON.stringify([measured, block]);
    if (key !== this.#key) this.#parts.clear();
    this.#key = key;
    const parts = await this.#load(question, block, measured);
    const start = performance.now();
    const values = new Uint32Array(block.columns * block.rows * CELLS_PER_TILE ** 2);
    for (const part of parts) this.#count(values, part, question);
    const pixels = coloured(values, palette);
    const [width, height] = [block.columns * CELLS_PER_TILE, block.rows * CELLS_PER_TILE];
    return { width, height, pixels, ms: performance.now() - start };
  }

  async #load(question: Question, block: Block, measured: Measured): Promise<Part[]> {
    const tiles = tilesOf(block);
    const wanted = monthsOf(this.months, question).flatMap((month) =>
      tiles.flatMap((tile) => childrenOf(tile).map((child) => ({ month, tile, child }))),
    );
    const parts = await Promise.all(
      wanted.map(async ({ month, tile, child }) => {
        const key = `${month.slot} ${child.x} ${child.y}`;
        const known = this.#parts.get(key);
        if (known !== undefined) return known;
        const part = await this.#loadPart(month, tile, child, block, measured);
        this.#parts.set(key, part);
        return part;
      }),
    );
    return parts.filter((part) => part !== null);
  }

  async #loadPart(
    month: TimelineMonth,
    tile: TileAddress,
    child: TileAddress,
    block: Block,
    measured: Measured,
  ): Promise<Part | null> {
    const layer = layerFor(measured);
    const archive = await this.archives.archive(month, layer);
    const rows = archive && (await this.archives.rows(archive, layer, child));
    if (!rows) return null;
    const { kind, lines } = measured;
    const isChosen = lines.length === 0 ? null : archive.lines.map((line) => lines.includes(line));
    const sums =
      kind === 'users'
        ? null
        : sumDays(rows, LONGEST_MONTH, kind, (line) => isChosen === null || isChosen[line] === true);
    return { month, rows, places: placesIn(block, tile, child), sums, isChosen };
  }

  /** Orders of months add up, and so do users: a user has one first day in the range. */
  #count(values: Uint32Array, { month, rows, places, sums, isChosen }: Part, question: Question): void {
    const start = monthStart(month);
    const days = { first: question.first - start, last: question.last - start };
    const put = (cell: number, count: number): void => {
      const at = places[cell] ?? 0;
      values[at] = (values[at] ?? 0) + count;
    };
    if (!sums) {
      eachUser(rows, days, isChosen, put);
      return;
    }
    const range = { first: Math.max(days.first, 0), last: Math.min(days.last, LONGEST_MONTH - 1) };
    for (const cell of sums.keys()) put(cell, ordersBetween(sums, cell, range));
  }
}

/** The place of each cell of a timeline tile in the block of its drawn tiles. */
function placesIn({ left, top, columns }: Block, tile: TileAddress, child: TileAddress): Uint32Array {
  const width = columns * CELLS_PER_TILE;
  const offset = (tile.y - top) * CELLS_PER_TILE * width + (tile.x - left) * CELLS_PER_TILE;
  return Uint32Array.from(cellsInParent(child), (place) => {
    return offset + Math.floor(place / CELLS_PER_TILE) * width + (place % CELLS_PER_TILE);
  });
}

/** Users of several lines are bounds, which no picture shows: the caller asks for one line or for all. */
function layerFor({ kind, lines }: Measured): TimelineLayer {
  if (kind !== 'users') return 'timeline-orders';
  if (lines.length > 1) throw new Error('users of several lines are not counted');
  return lines.length === 0 ? 'timeline-users' : 'timeline-line-users';
}

function tilesOf({ z, left, top, columns, rows }: Block): TileAddress[] {
  return Array.from({ length: rows }, (_, row) => row).flatMap((row) =>
    Array.from({ length: columns }, (_, column) => ({ z, x: left + column, y: top + row })),
  );
}

/** Cells without a count are transparent. */
function coloured(values: Uint32Array, { limits, colours }: Palette): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(values.length * 4);
  for (let cell = 0; cell < values.length; cell++) {
    const value = values[cell] ?? 0;
    if (value === 0) continue;
    let index = 0;
    while (index + 1 < limits.length && value >= (limits[index + 1] ?? 0)) index++;
    const [red, green, blue] = colours[index] ?? [0, 0, 0];
    pixels[4 * cell] = red;
    pixels[4 * cell + 1] = green;
    pixels[4 * cell + 2] = blue;
    pixels[4 * cell + 3] = OPAQUE;
  }
  return pixels;
}
