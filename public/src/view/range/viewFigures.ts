// The orders of the cells in view, and bounds of their users: the same user may have ordered in several cells.

import type { Bounds } from '@styles/base';
import { type CellAttributes, type Measure, measureRange, type ValueRange } from '@styles/measure';
import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import type { Dataset } from '../../data/tileJson';
import { gridToLngLat, tilesOver } from '../../tiles/cells';
import type { FetchCells } from '../../tiles/densityTiles';

/** What is counted: the tiles, and their zooms. */
export type Counted = Pick<Dataset, 'tileUrl' | 'quantiles'>;

/** A cell belongs to the view if its centre is in it. `zoom` is that of the map. */
export async function ordersInView(
  counted: Counted,
  view: Bounds,
  zoom: number,
  lines: readonly number[],
  fetchCells: FetchCells,
): Promise<number> {
  const measure: Measure = { kind: 'orders', lines };
  let orders = 0;
  for (const { attributes, centre } of await cellsOver(counted, view, zoomOf(counted, zoom), fetchCells)) {
    if (isIn(centre, view)) orders += measureRange(attributes, measure).min;
  }
  return orders;
}

/** Zooms above that of the map whose cells are counted too: a large cell inside the view is a better lower bound. */
const COARSER = [0, 3, 5] as const;

/**
 * A user of one cell that lies in the view is in view, and every user in view is in a cell that touches it. The bounds are the
 * best of several zooms.
 */
export async function usersInView(
  counted: Counted,
  view: Bounds,
  zoom: number,
  lines: readonly number[],
  fetchCells: FetchCells,
): Promise<ValueRange> {
  const measure: Measure = { kind: 'users', lines };
  const { minzoom } = counted.quantiles;
  const zooms = [...new Set(COARSER.map((by) => Math.max(zoomOf(counted, zoom) - by, minzoom)))];
  const levels = await Promise.all(zooms.map((level) => cellsOver(counted, view, level, fetchCells)));
  const bounds = levels.map((cells) => {
    let [min, max] = [0, 0];
    for (const { attributes, box } of cells) {
      const users = measureRange(attributes, measure);
      if (isWithin(box, view)) min = Math.max(min, users.min);
      if (touches(box, view)) max += users.max;
    }
    return { min, max };
  });
  return { min: Math.max(...bounds.map(({ min }) => min)), max: Math.min(...bounds.map(({ max }) => max)) };
}

interface PlacedCell {
  attributes: CellAttributes;
  centre: readonly [lng: number, lat: number];
  box: Bounds;
}

async function cellsOver(
  { tileUrl }: Counted,
  view: Bounds,
  zoom: number,
  fetchCells: FetchCells,
): Promise<PlacedCell[]> {
  const tiles = tilesOver(view, zoom).map(async (tile) => {
    const level = zoom + CELL_LEVELS;
    return (await fetchCells(tileUrl, tile)).map(([index, attributes]): PlacedCell => {
      const column = tile.x * CELLS_PER_TILE + (index % CELLS_PER_TILE);
      const row = tile.y * CELLS_PER_TILE + Math.floor(index / CELLS_PER_TILE);
      const [west, north] = gridToLngLat(column, row, level);
      const [east, south] = gridToLngLat(column + 1, row + 1, level);
      return { attributes, centre: gridToLngLat(column + 0.5, row + 0.5, level), box: [west, south, east, north] };
    });
  });
  return (await Promise.all(tiles)).flat();
}

function zoomOf({ quantiles: { minzoom, maxzoom } }: Counted, zoom: number): number {
  return Math.min(Math.max(Math.floor(zoom), minzoom), maxzoom);
}

function isIn([lng, lat]: readonly [number, number], [west, south, east, north]: Bounds): boolean {
  return lng >= west && lng <= east && lat >= south && lat <= north;
}

function isWithin([west, south, east, north]: Bounds, view: Bounds): boolean {
  return isIn([west, south], view) && isIn([east, north], view);
}

function touches([west, south, east, north]: Bounds, [left, bottom, right, top]: Bounds): boolean {
  return east > left && west < right && north > bottom && south < top;
}
