// Reads the density tiles that the map draws.

import { VectorTile } from '@mapbox/vector-tile';
import { SOURCE_LAYER } from '@styles/density';
import type { CellAttributes } from '@styles/measure';
import { CELLS_PER_TILE } from '@styles/tokens';
import { PbfReader } from 'pbf';
import { LoadCache } from '../lib/loadCache';
import { fetchTile } from './fetchTile';
import { type TileAddress, tileUrlOf } from './tileAddress';

/** Cells by their index in the tile, row by row. */
export type TileCells = readonly (readonly [index: number, cell: CellAttributes])[];

/** Fetches the cells of a tile; an empty tile has none. */
export type FetchCells = (tileUrl: string, tile: TileAddress) => Promise<TileCells>;

/** Enough for the heat surface of both sides at every zoom; a full tile takes about 2 MB of memory. */
const CACHED_TILES = 64;

/** Caches the cells, so that moving a slider causes no requests. */
export function createCellFetcher(): FetchCells {
  const cache = new LoadCache<TileCells>(CACHED_TILES);
  return (tileUrl, tile) => {
    const url = tileUrlOf(tileUrl, tile);
    return cache.get(url, () => fetchCells(url));
  };
}

async function fetchCells(url: string): Promise<TileCells> {
  const layer = new VectorTile(new PbfReader(new Uint8Array(await fetchTile(url)))).layers[SOURCE_LAYER];
  if (!layer) return [];
  const side = layer.extent / CELLS_PER_TILE;
  return Array.from({ length: layer.length }, (_, i) => {
    const feature = layer.feature(i);
    const [x = 0, y = 0] = feature.bbox();
    return [Math.floor(y / side) * CELLS_PER_TILE + Math.floor(x / side), feature.properties] as const;
  });
}
