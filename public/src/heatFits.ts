// Measures the heat surface at the busiest place of a city, from the very tiles that the map draws.

import { VectorTile } from '@mapbox/vector-tile';
import type { City } from '@styles/base';
import { type ZoomClasses, zoomClasses } from '@styles/classes';
import { SOURCE_LAYER } from '@styles/density';
import { type HeatSettings, heatWeight } from '@styles/heat';
import { fitHeat, type HeatFit } from '@styles/heatFit';
import { type CellAttributes, type Measure, measureBounds } from '@styles/measure';
import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import { PbfReader } from 'pbf';
import { tilesOver } from './areaList';
import { type CellAddress, gridToLngLat, squareAt } from './cells';
import { type Dataset, LoadError } from './published';

/** A cell by its place in the tile, row by row. */
type TileCells = readonly (readonly [index: number, cell: CellAttributes])[];

/** Tells the cells of a tile; an empty tile has none. */
export type FetchCells = (tileUrl: string, tile: CellAddress) => Promise<TileCells>;

/** A city fits into a few tiles of this zoom; from here the busiest place is followed into its tile of each zoom. */
const SEARCH_ZOOM = 9;

export async function measureHeat(
  { tileUrl, quantiles }: Dataset,
  city: City,
  measure: Measure,
  heat: HeatSettings,
  fetchCells: FetchCells,
): Promise<HeatFit[]> {
  const fitTile = async (tile: CellAddress, classes: ZoomClasses): Promise<HeatFit | null> =>
    fitHeat(tile.level, weightsOf(await fetchCells(tileUrl, tile), measure, heat, classes), heat.radius);
  const zooms = zoomClasses(quantiles, measure);
  const search = zooms.find(({ zoom }) => zoom >= SEARCH_ZOOM) ?? zooms.at(-1);
  if (!search) return [];
  const found = await Promise.all(
    tilesOver(city.box, search.zoom).map(async (tile) => ({ tile, fit: await fitTile(tile, search) })),
  );
  const busiest = found.reduce((best, next) => (heightOf(next.fit) > heightOf(best.fit) ? next : best));
  if (!busiest.fit) return [];
  const fits = [busiest.fit];
  const start = placeOf(busiest.tile, busiest.fit);
  let place = start;
  for (const classes of zooms) {
    if (classes.zoom === search.zoom) continue;
    // Further out nothing is finer than what was found already.
    const [lng, lat] = classes.zoom < search.zoom ? start : place;
    const tile = squareAt(lng, lat, classes.zoom);
    const fit = await fitTile(tile, classes);
    if (!fit) continue;
    fits.push(fit);
    if (classes.zoom > search.zoom) place = placeOf(tile, fit);
  }
  return fits;
}

const heightOf = (fit: HeatFit | null): number => fit?.peaks[0] ?? 0;

function placeOf({ level, column, row }: CellAddress, { at: [x, y] }: HeatFit): [lng: number, lat: number] {
  return gridToLngLat(column * CELLS_PER_TILE + x + 0.5, row * CELLS_PER_TILE + y + 0.5, level + CELL_LEVELS);
}

function weightsOf(cells: TileCells, measure: Measure, heat: HeatSettings, classes: ZoomClasses): Float64Array {
  const weights = new Float64Array(CELLS_PER_TILE ** 2);
  for (const [index, cell] of cells) {
    const { least } = measureBounds(cell, measure);
    if (least > 0) weights[index] = heatWeight(least, heat.weight, measure, classes);
  }
  return weights;
}

/** Keeps what it fetched, so that a slider that moves asks for nothing. */
export function createCellFetcher(): FetchCells {
  const kept = new Map<string, Promise<TileCells>>();
  return (tileUrl, tile) => {
    const url = tileUrl
      .replace('{z}', String(tile.level))
      .replace('{x}', String(tile.column))
      .replace('{y}', String(tile.row));
    const known = kept.get(url);
    if (known) return known;
    const asked = fetchCells(url);
    kept.set(url, asked);
    // What failed is asked for again.
    asked.catch(() => kept.delete(url));
    return asked;
  };
}

async function fetchCells(url: string): Promise<TileCells> {
  const response = await fetch(url);
  if (!response.ok) throw new LoadError(new URL(url).pathname, String(response.status));
  // 204 is a tile with nothing in it.
  if (response.status === 204) return [];
  const layer = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer()))).layers[SOURCE_LAYER];
  if (!layer) return [];
  const side = layer.extent / CELLS_PER_TILE;
  return Array.from({ length: layer.length }, (_, i) => {
    const feature = layer.feature(i);
    const [x = 0, y = 0] = feature.bbox();
    return [Math.floor(y / side) * CELLS_PER_TILE + Math.floor(x / side), feature.properties] as const;
  });
}
