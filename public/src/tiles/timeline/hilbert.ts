// Where the cells of a timeline tile lie. A cell is numbered by its position on the Hilbert curve of its level.

import type { CellAddress } from '../cells';
import type { TileAddress } from '../tileAddress';

export const TIMELINE_CELL_LEVELS = 5;
/** Cells on one side of a timeline tile. */
export const TIMELINE_SIDE = 2 ** TIMELINE_CELL_LEVELS;
const CELLS = TIMELINE_SIDE ** 2;

/** The cells of a tile, as they lie in one whose curve is not turned: `row * TIMELINE_SIDE + column` by number. */
const UNTURNED = Array.from({ length: CELLS }, (_, cell) => squareAt(TIMELINE_CELL_LEVELS, cell));

/** By how the curve is turned in a tile. There are only four ways. */
const turnedPlaces = new Map<number, Uint16Array>();

/** The place of each cell inside its tile, by its number: `row * TIMELINE_SIDE + column`. */
export function cellPlaces({ z, x, y }: TileAddress): Uint16Array {
  let [isSwapped, isFlipped] = [false, false];
  let rest = curvePosition(z, x, y);
  for (let level = 0; level < z; level++) {
    const quarter = rest % 4;
    // Each level above swaps the axes of its upper quarters, and flips them in the right one.
    if (quarter === 0 || quarter === 3) isSwapped = !isSwapped;
    if (quarter === 3) isFlipped = !isFlipped;
    rest = Math.floor(rest / 4);
  }
  const key = Number(isSwapped) + 2 * Number(isFlipped);
  const known = turnedPlaces.get(key) ?? placesTurned(isSwapped, isFlipped);
  turnedPlaces.set(key, known);
  return known;
}

/** A timeline tile, and the number of a cell in it. */
export interface TimelinePlace {
  tile: TileAddress;
  cell: number;
}

/** Where the archives have a cell. */
export function timelinePlace({ level, column, row }: CellAddress): TimelinePlace {
  const [x, y] = [Math.floor(column / TIMELINE_SIDE), Math.floor(row / TIMELINE_SIDE)];
  const tile = { z: level - TIMELINE_CELL_LEVELS, x, y };
  return { tile, cell: cellPlaces(tile).indexOf((row % TIMELINE_SIDE) * TIMELINE_SIDE + (column % TIMELINE_SIDE)) };
}

function placesTurned(isSwapped: boolean, isFlipped: boolean): Uint16Array {
  const last = TIMELINE_SIDE - 1;
  return Uint16Array.from(UNTURNED, ([column, row]) => {
    const [x, y] = isFlipped ? [last - column, last - row] : [column, row];
    return isSwapped ? x * TIMELINE_SIDE + y : y * TIMELINE_SIDE + x;
  });
}

/** The position of a square on the Hilbert curve of its level, as in PMTiles. */
export function curvePosition(level: number, column: number, row: number): number {
  let [x, y, position] = [column, row, 0];
  for (let side = 2 ** (level - 1); side >= 1; side /= 2) {
    const right = Math.floor(x / side) % 2;
    const down = Math.floor(y / side) % 2;
    position += side * side * ((3 * right) ^ down);
    [x, y] = turned(side, x % side, y % side, right, down);
  }
  return position;
}

/** The column and row of a position. Positions exceed 32 bits. */
export function squareAt(level: number, position: number): [column: number, row: number] {
  let [x, y, rest] = [0, 0, position];
  for (let side = 1; side < 2 ** level; side *= 2) {
    const quarter = rest % 4;
    const right = quarter >> 1;
    const down = (quarter ^ right) & 1;
    [x, y] = turned(side, x, y, right, down);
    x += side * right;
    y += side * down;
    rest = Math.floor(rest / 4);
  }
  return [x, y];
}

function turned(side: number, x: number, y: number, right: number, down: number): [number, number] {
  if (down === 1) return [x, y];
  return right === 1 ? [side - 1 - y, side - 1 - x] : [y, x];
}
