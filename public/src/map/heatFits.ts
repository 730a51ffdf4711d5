// Measures the heat surface at the busiest location of a city, from the same tiles that the map draws.

import type { City } from '@styles/base';
import { type ZoomClasses, zoomClasses } from '@styles/classes';
import { type HeatSettings, heatWeight } from '@styles/heat';
import { fitHeat, type HeatFit } from '@styles/heatFit';
import { type Measure, measureRange } from '@styles/measure';
import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import { type Dataset, quantilesOf } from '../data/tileJson';
import { gridToLngLat, tileAt, tilesOver } from '../tiles/cells';
import type { FetchCells, TileCells } from '../tiles/densityTiles';
import type { TileAddress } from '../tiles/tileAddress';

/** At this zoom a city fits into a few tiles. At deeper zooms only the tile of the busiest location is searched. */
const SEARCH_ZOOM = 9;

export async function measureHeat(
  dataset: Dataset,
  city: City,
  measure: Measure,
  heat: HeatSettings,
  fetchCells: FetchCells,
): Promise<HeatFit[]> {
  const fitTile = async (tile: TileAddress, classes: ZoomClasses): Promise<HeatFit | null> =>
    fitHeat(tile.z, weightsOf(await fetchCells(dataset.tileUrl, tile), measure, heat, classes), heat.radius);
  const zooms = zoomClasses(quantilesOf(dataset, city.key), measure);
  const search = zooms.find(({ zoom }) => zoom >= SEARCH_ZOOM) ?? zooms.at(-1);
  if (!search) return [];
  const found = await Promise.all(
    tilesOver(city.bounds, search.zoom).map(async (tile) => ({ tile, fit: await fitTile(tile, search) })),
  );
  const busiest = found.reduce((best, next) => (heightOf(next.fit) > heightOf(best.fit) ? next : best));
  if (!busiest.fit) return [];
  const fits = [busiest.fit];
  const start = placeOf(busiest.tile, busiest.fit);
  let place = start;
  for (const classes of zooms) {
    if (classes.zoom === search.zoom) continue;
    // Lower zooms are no more precise than the location found so far.
    const [lng, lat] = classes.zoom < search.zoom ? start : place;
    const tile = tileAt(lng, lat, classes.zoom);
    const fit = await fitTile(tile, classes);
    if (!fit) continue;
    fits.push(fit);
    if (classes.zoom > search.zoom) place = placeOf(tile, fit);
  }
  return fits;
}

const heightOf = (fit: HeatFit | null): number => fit?.peaks[0] ?? 0;

function placeOf({ z, x: column, y: row }: TileAddress, { at: [x, y] }: HeatFit): [lng: number, lat: number] {
  return gridToLngLat(column * CELLS_PER_TILE + x + 0.5, row * CELLS_PER_TILE + y + 0.5, z + CELL_LEVELS);
}

function weightsOf(cells: TileCells, measure: Measure, heat: HeatSettings, classes: ZoomClasses): Float64Array {
  const weights = new Float64Array(CELLS_PER_TILE ** 2);
  for (const [index, cell] of cells) {
    const { min } = measureRange(cell, measure);
    if (min > 0) weights[index] = heatWeight(min, heat.weight, measure, classes);
  }
  return weights;
}
