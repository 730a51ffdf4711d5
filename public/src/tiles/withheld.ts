// Counts withheld by the privacy floor: the orders of a shown cell that are in none of its shown children.
// A tile and its ancestors give one more tile, with the remainder at each zoom.

import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import { CELLS_PER_TILE } from '@styles/tokens';
import { PbfReader } from 'pbf';
import { LayerWriter, type TileRect } from './layerWriter';
import type { TileAddress } from './tileAddress';

/** Orders in total and by line. They add up over cells; users do not. */
const ADDITIVE = /^(orders|l\d+)$/;

export type Counts = Readonly<Record<string, number>>;

/** The cells of a tile, by `column + 64 × row`. */
export type Cells = ReadonlyMap<number, Counts>;

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
export function tileAndAncestors({ z, x, y }: TileAddress, minzoom: number): TileAddress[] {
  return Array.from({ length: z - minzoom + 1 }, (_, i) => {
    const side = 2 ** (z - minzoom - i);
    return { z: minzoom + i, x: Math.floor(x / side), y: Math.floor(y / side) };
  });
}

/** `tiles` are the ancestors of the tile from the lowest zoom on, and the tile itself. */
export function remaindersOf(tile: TileAddress, tiles: readonly Cells[]): Remainder[] {
  const minZoom = tile.z - tiles.length + 1;
  return tiles.slice(1).flatMap((children, index) => {
    const zoom = minZoom + index;
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
  const cells = new Map<number, Counts>();
  for (const layer of Object.values(new VectorTile(new PbfReader(tile)).layers)) {
    const side = layer.extent / CELLS_PER_TILE;
    for (let i = 0; i < layer.length; i += 1) {
      const feature = layer.feature(i);
      cells.set(cellOf(feature, side), countsOf(feature));
    }
  }
  return cells;
}

function cellOf(feature: VectorTileFeature, side: number): number {
  const [left = 0, top = 0, right, bottom] = feature.bbox();
  if (left !== right || top !== bottom) throw new Error('feature is not a single point');
  return indexOf({ column: Math.floor(left / side), row: Math.floor(top / side) });
}

function countsOf({ properties }: VectorTileFeature): Counts {
  const counts: Record<string, number> = {};
  for (const name in properties) {
    if (!ADDITIVE.test(name)) continue;
    const value = properties[name];
    if (!Number.isInteger(value)) throw new Error('feature is not a cell with counts');
    counts[name] = Number(value);
  }
  return counts;
}

/** A vector tile of the remainders with `zoom`, `of` and the remaining counts. Empty without remainders. */
export function encodeRemainders(layer: string, remainders: readonly Remainder[]): ArrayBuffer {
  if (remainders.length === 0) return new ArrayBuffer(0);
  const writer = new LayerWriter(layer, CELLS_PER_TILE, 256 + 128 * remainders.length);
  for (const { zoom, counts, of, rects } of remainders) writer.rects(Object.entries({ ...counts, zoom, of }), rects);
  return writer.finish();
}
