// Counts withheld by the privacy floor: the orders of a shown cell that are in none of its shown children.
// A tile and its ancestors give one more tile, with the remainder at each zoom.

import { CELLS_PER_TILE } from '@styles/tokens';
import { LayerWriter, type TileRect } from './layerWriter';
import {
  extentOf,
  FEATURE_GEOMETRY,
  FEATURE_TAGS,
  LAYER_FEATURE,
  LAYER_KEY,
  LAYER_VALUE,
  MOVE_ONCE,
  Reader,
  TILE_LAYER,
  unzigzag,
  VALUE_UINT,
} from './mvt';

/** Orders in total and by line. They add up over cells; users do not. */
const ADDITIVE = /^(orders|l\d+)$/;

export type Counts = Readonly<Record<string, number>>;

/** The cells of a tile, by `column + 64 × row`. */
export type Cells = ReadonlyMap<number, Counts>;

export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

export interface Remainder {
  /** The zoom of the tile that contains the parent cell. */
  zoom: number;
  counts: Counts;
  /** The orders of the whole parent cell. */
  of: number;
  /** The hidden quarters of the parent, clipped to the tile. */
  rects: readonly TileRect[];
}

/** The ancestors of a tile from `minzoom` on, and the tile itself. */
export function tilesAround({ z, x, y }: TileAddress, minzoom: number): TileAddress[] {
  return Array.from({ length: z - minzoom + 1 }, (_, i) => {
    const side = 2 ** (z - minzoom - i);
    return { z: minzoom + i, x: Math.floor(x / side), y: Math.floor(y / side) };
  });
}

/** `tiles` are the ancestors of the tile from the lowest zoom on, and the tile itself. */
export function remaindersOf(tile: TileAddress, tiles: readonly Cells[]): Remainder[] {
  const shallowest = tile.z - tiles.length + 1;
  return tiles.slice(1).flatMap((children, index) => {
    const zoom = shallowest + index;
    const side = 2 ** (tile.z - zoom);
    const parents = tiles[index];
    if (!parents?.size) return [];
    return cellsWithin(tile, side).flatMap((at) => remainderAt(at, parents, children, { tile, zoom, side }) ?? []);
  });
}

/** The column and row of a cell in the world grid. */
interface CellPosition {
  column: number;
  row: number;
}

/** The cells that overlap the tile, each `side` times as wide as the tile's own cells. */
function cellsWithin({ x, y }: TileAddress, side: number): CellPosition[] {
  const reached = (tile: number): number[] => {
    const first = Math.floor((tile * CELLS_PER_TILE) / side);
    return Array.from({ length: Math.ceil(CELLS_PER_TILE / side) }, (_, i) => first + i);
  };
  return reached(y).flatMap((row) => reached(x).map((column) => ({ column, row })));
}

/** The four children of a cell are in one tile, so `children` contains all of them. */
function remainderAt(
  at: CellPosition,
  parents: Cells,
  children: Cells,
  { tile, zoom, side }: { tile: TileAddress; zoom: number; side: number },
): Remainder | null {
  const parent = parents.get(indexOf(at));
  if (!parent) return null;
  const quarters = [0, 1, 2, 3].map((i) => ({ column: 2 * at.column + (i % 2), row: 2 * at.row + (i >> 1) }));
  const shown = quarters.map((quarter) => children.get(indexOf(quarter))).filter((counts) => counts !== undefined);
  const counts = subtract(parent, shown);
  const rects = quarters
    .filter((quarter) => !children.has(indexOf(quarter)))
    .map((quarter) => rectOf(quarter, tile, side / 2))
    .filter(({ left, top, right, bottom }) => left < right && top < bottom);
  return counts.orders && rects.length > 0 ? { zoom, counts, of: parent.orders ?? 0, rects } : null;
}

function indexOf({ column, row }: CellPosition): number {
  return (column % CELLS_PER_TILE) + CELLS_PER_TILE * (row % CELLS_PER_TILE);
}

function rectOf({ column, row }: CellPosition, { x, y }: TileAddress, side: number): TileRect {
  const clip = (n: number): number => Math.min(Math.max(n, 0), CELLS_PER_TILE);
  const [left, top] = [column * side - x * CELLS_PER_TILE, row * side - y * CELLS_PER_TILE];
  return { left: clip(left), top: clip(top), right: clip(left + side), bottom: clip(top + side) };
}

/** Throws if the children have more than their parent: then the tiles do not belong together. */
function subtract(parent: Counts, children: readonly Counts[]): Counts {
  const rest: Record<string, number> = {};
  for (const name of new Set([parent, ...children].flatMap(Object.keys))) {
    const left = children.reduce((sum, child) => sum - (child[name] ?? 0), parent[name] ?? 0);
    if (left < 0) throw new Error(`cells have more ${name} than their parent`);
    if (left > 0) rest[name] = left;
  }
  return rest;
}

/** The additive counts of a density tile's cells. */
export function decodeCells(tile: ArrayBuffer): Cells {
  const reader = new Reader(new Uint8Array(tile));
  const cells = new Map<number, Counts>();
  while (reader.at < reader.bytes.length) {
    const key = reader.varint();
    const end = reader.skip(key);
    if (key === TILE_LAYER) readLayer(reader, end, cells);
    reader.at = end;
  }
  return cells;
}

function readLayer(reader: Reader, end: number, cells: Map<number, Counts>): void {
  const side = extentOf(reader, end) / CELLS_PER_TILE;
  const begin = reader.at;
  const names: string[] = [];
  const values: number[] = [];
  for (const [key, fieldEnd] of fieldsOf(reader, end)) {
    if (key === LAYER_KEY) names.push(new TextDecoder().decode(reader.bytes.subarray(reader.at, fieldEnd)));
    else if (key === LAYER_VALUE) values.push(wholeNumber(reader));
  }
  reader.at = begin;
  for (const [key, fieldEnd] of fieldsOf(reader, end)) {
    if (key === LAYER_FEATURE) readFeature(reader, fieldEnd, side, { names, values, cells });
  }
}

/** Yields each field with the reader at its value. The caller may leave the reader anywhere. */
function* fieldsOf(reader: Reader, end: number): Generator<[key: number, end: number]> {
  while (reader.at < end) {
    const key = reader.varint();
    const fieldEnd = reader.skip(key);
    yield [key, fieldEnd];
    reader.at = fieldEnd;
  }
}

/** Reads an int_value, uint_value or sint_value (section 4.4); NaN for other types. */
function wholeNumber(reader: Reader): number {
  const key = reader.varint();
  if (key === VALUE_UINT || key === VALUE_UINT - 8) return reader.varint();
  return key === VALUE_UINT + 8 ? unzigzag(reader.varint()) : Number.NaN;
}

interface LayerContent {
  names: readonly string[];
  values: readonly number[];
  cells: Map<number, Counts>;
}

function readFeature(reader: Reader, end: number, side: number, { names, values, cells }: LayerContent): void {
  const counts: Record<string, number> = {};
  let index: number | null = null;
  for (const [key, fieldEnd] of fieldsOf(reader, end)) {
    if (key === FEATURE_TAGS) {
      while (reader.at < fieldEnd) {
        const name = names[reader.varint()] ?? '';
        const value = values[reader.varint()] ?? Number.NaN;
        if (ADDITIVE.test(name)) counts[name] = value;
      }
    } else if (key === FEATURE_GEOMETRY) {
      if (reader.varint() !== MOVE_ONCE) throw new Error('feature is not a single point');
      const [x, y] = [unzigzag(reader.varint()), unzigzag(reader.varint())];
      index = indexOf({ column: Math.floor(x / side), row: Math.floor(y / side) });
    }
  }
  if (index === null || Object.values(counts).some(Number.isNaN)) throw new Error('feature is not a cell with counts');
  cells.set(index, counts);
}

/** A vector tile of the remainders with `zoom`, `of` and the remaining counts. Empty without remainders. */
export function encodeRemainders(layer: string, remainders: readonly Remainder[]): ArrayBuffer {
  if (remainders.length === 0) return new ArrayBuffer(0);
  const writer = new LayerWriter(layer, CELLS_PER_TILE, 256 + 128 * remainders.length);
  for (const { zoom, counts, of, rects } of remainders) writer.rects(Object.entries({ ...counts, zoom, of }), rects);
  return writer.finish();
}
