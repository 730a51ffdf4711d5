// The orders of a city in the chosen window and lines: as the archive says, or counted from the tiles that the map draws.

import type { City } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import { type Measure, measureRange } from '@styles/measure';
import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import type { Dataset } from '../../data/tileJson';
import { cellCentre, tilesOver } from '../../tiles/cells';
import type { FetchCells } from '../../tiles/densityTiles';

/** Counts of shown cells: a layer with a privacy floor withholds the others. */
export interface CityFigures {
  orders: number;
  organic: number;
}

/** Cells at this zoom are about 500 m wide, so few of them cross the bounds of a city. */
const ZOOM = 10;

/** The figures that the archive publishes; `null` for archives of older versions, which have none. */
export function publishedFigures(
  { quantiles, cities }: Pick<Dataset, 'quantiles' | 'cities'>,
  city: Pick<City, 'key'>,
  lines: readonly number[],
): CityFigures | null {
  const totals = cities[city.key]?.totals[String(figureZoom(quantiles))];
  if (!totals) return null;
  const sum = (kind: keyof CityFigures): number => measureRange(totals, { kind, lines }).min;
  return { orders: sum('orders'), organic: sum('organic') };
}

const figureZoom = ({ minzoom, maxzoom }: Quantiles): number => Math.min(Math.max(ZOOM, minzoom), maxzoom);

/** A cell belongs to the city if its centre lies in the bounds of the city. */
export async function countCity(
  { tileUrl, quantiles }: Pick<Dataset, 'tileUrl' | 'quantiles'>,
  { bounds }: Pick<City, 'bounds'>,
  lines: readonly number[],
  fetchCells: FetchCells,
): Promise<CityFigures> {
  const zoom = figureZoom(quantiles);
  const [west, south, east, north] = bounds;
  const measures: Record<keyof CityFigures, Measure> = {
    orders: { kind: 'orders', lines },
    organic: { kind: 'organic', lines },
  };
  const sums: CityFigures = { orders: 0, organic: 0 };
  const tiles = tilesOver(bounds, zoom).map(async (tile) => ({ tile, cells: await fetchCells(tileUrl, tile) }));
  for (const { tile, cells } of await Promise.all(tiles)) {
    for (const [index, cell] of cells) {
      const column = tile.x * CELLS_PER_TILE + (index % CELLS_PER_TILE);
      const row = tile.y * CELLS_PER_TILE + Math.floor(index / CELLS_PER_TILE);
      const [lng, lat] = cellCentre({ level: zoom + CELL_LEVELS, column, row });
      if (lng < west || lng > east || lat < south || lat > north) continue;
      sums.orders += measureRange(cell, measures.orders).min;
      sums.organic += measureRange(cell, measures.organic).min;
    }
  }
  return sums;
}
