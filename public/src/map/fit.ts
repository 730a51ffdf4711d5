// The bounding box of what is shown. Used only on request: a choice never moves the map by itself.

import type { Bounds, City } from '@styles/base';
import { type Measure, measureRange } from '@styles/measure';
import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import type { Dataset } from '../data/tileJson';
import type { State } from '../state/state';
import { gridToLngLat, tilesOver } from '../tiles/cells';
import type { FetchCells } from '../tiles/densityTiles';
import { shownVendorsOf } from '../vendors/shownVendors';
import { measureOf } from '../view/densityStyle';
import { cityOf, type Model } from '../view/model';

/**
 * The bounding box of the chosen areas, else of the filtered vendors, else of the counted cells, else of all areas.
 * `null` where none of these is shown.
 */
export async function boundsOfShown(state: State, model: Model, fetchCells: FetchCells): Promise<Bounds | null> {
  const { catalog, dataset, areaList, vendorTable } = model;
  const city = catalog && cityOf(catalog, state);
  const areas = state.overlays.includes('areas') ? (areaList?.areas ?? []) : [];
  const chosen = areas.filter(({ id }) => state.vendorFilter.areas.includes(id));
  if (chosen.length > 0) return unionOf(chosen.map(({ bounds }) => bounds));
  if (state.overlays.includes('vendors') && vendorTable) {
    const { vendors } = shownVendorsOf(vendorTable, state.vendorFilter);
    return unionOf(vendors.map(({ lng, lat }): Bounds => [lng, lat, lng, lat]));
  }
  if (state.showsDensity && dataset && city) return boundsOfCells(dataset, city, measureOf(state, dataset), fetchCells);
  return unionOf(areas.map(({ bounds }) => bounds));
}

/** Cells at this zoom are about a kilometre wide, which is precise enough for a city. */
const CELLS_ZOOM = 9;

async function boundsOfCells(
  { tileUrl, quantiles: { minzoom, maxzoom } }: Dataset,
  city: City,
  measure: Measure,
  fetchCells: FetchCells,
): Promise<Bounds | null> {
  const zoom = Math.min(Math.max(CELLS_ZOOM, minzoom), maxzoom);
  const boxes = await Promise.all(
    tilesOver(city.bounds, zoom).map(async (tile) => {
      const cells = await fetchCells(tileUrl, tile);
      const counted = cells.filter(([, cell]) => measureRange(cell, measure).min > 0);
      return counted.map(([index]): Bounds => {
        const column = tile.x * CELLS_PER_TILE + (index % CELLS_PER_TILE);
        const row = tile.y * CELLS_PER_TILE + Math.floor(index / CELLS_PER_TILE);
        const [west, north] = gridToLngLat(column, row, zoom + CELL_LEVELS);
        const [east, south] = gridToLngLat(column + 1, row + 1, zoom + CELL_LEVELS);
        return [west, south, east, north];
      });
    }),
  );
  // Tiles extend beyond the bounds of the city and may contain cells of another city.
  return unionOf(boxes.flat().filter((bounds) => intersects(bounds, city.bounds)));
}

function intersects(a: Bounds, b: Bounds): boolean {
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}

export function unionOf(boxes: readonly Bounds[]): Bounds | null {
  const [first, ...rest] = boxes;
  if (!first) return null;
  return rest.reduce<Bounds>(
    (all, bounds) => [
      Math.min(all[0], bounds[0]),
      Math.min(all[1], bounds[1]),
      Math.max(all[2], bounds[2]),
      Math.max(all[3], bounds[3]),
    ],
    first,
  );
}
