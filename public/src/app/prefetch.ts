// Fetches the tiles around the view while the page is idle, so that they are cached when the map moves.

import type { Bounds } from '@styles/base';
import { LoadCache } from '../lib/loadCache';
import type { State } from '../state/state';
import { tileAt } from '../tiles/cells';
import { tileUrlOf } from '../tiles/tileAddress';
import type { Model } from '../view/model';
import type { App } from './app';

export interface TileSet {
  /** Absolute URL of the tiles, with {z}, {x} and {y}. */
  tileUrl: string;
  bounds: Bounds;
  minzoom: number;
  maxzoom: number;
}

/** The HTTP cache holds the bytes. This only prevents repeated requests. */
const MAX_PREFETCHED = 2000;

/** Starts when the map is idle and stops when it moves. Does nothing in the browser's data-saver mode. */
export function prefetchNeighbours({ url, model, view }: App): void {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  if (connection?.saveData) return;
  const fetched = new LoadCache<void>(MAX_PREFETCHED);
  let running = new AbortController();
  const begin = (): void => {
    running.abort();
    running = new AbortController();
    const shown = view.bounds();
    const tiles = drawnSets(url.get(), model.get()).flatMap((set) => neighbours(set, shown, view.map.getZoom()));
    whenIdle(() => void fetchAll(tiles, fetched, running.signal));
  };
  view.map.on('idle', begin);
  view.map.on('movestart', () => running.abort());
}

/** One at a time, so that prefetching never delays a requested tile. */
export async function fetchAll(tiles: readonly string[], fetched: LoadCache<void>, signal: AbortSignal): Promise<void> {
  const fetchTile = async (tile: string): Promise<void> => {
    const response = await fetch(tile, { signal, priority: 'low' });
    await response.arrayBuffer();
  };
  for (const tile of tiles) {
    try {
      await fetched.get(tile, () => fetchTile(tile));
    } catch {
      return; // Aborted, or offline. The map reports an error if it matters.
    }
  }
}

function drawnSets(state: State, { dataset, overlays }: Model): TileSet[] {
  // The tiles of a range are computed; the worker keeps what it has fetched.
  const density = dataset && !dataset.range ? [{ ...dataset, ...dataset.quantiles }] : [];
  return [...density, ...overlays.filter(({ overlay }) => state.overlays.includes(overlay))];
}

/** URLs of the tiles one column or row beyond the view, at the zoom that the map draws. */
export function neighbours({ tileUrl, bounds, minzoom, maxzoom }: TileSet, view: Bounds, zoom: number): string[] {
  const z = Math.min(Math.max(Math.floor(zoom), minzoom), maxzoom);
  if (zoom < minzoom) return [];
  const [left, top, right, bottom] = columnsAndRows(view, z);
  const [west, north, east, south] = columnsAndRows(bounds, z);
  const found: string[] = [];
  for (let x = Math.max(left - 1, west); x <= Math.min(right + 1, east); x += 1) {
    for (let y = Math.max(top - 1, north); y <= Math.min(bottom + 1, south); y += 1) {
      const isInView = x >= left && x <= right && y >= top && y <= bottom;
      if (!isInView) found.push(tileUrlOf(tileUrl, { z, x, y }));
    }
  }
  return found;
}

/** The first and last column and row of the tiles that overlap the bounds. */
function columnsAndRows([west, south, east, north]: Bounds, z: number): [number, number, number, number] {
  const [first, last] = [tileAt(west, north, z), tileAt(east, south, z)];
  return [first.x, first.y, last.x, last.y];
}

/** Waits until the main thread is idle. Without requestIdleCallback, a short delay is good enough. */
function whenIdle(act: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(act);
  else setTimeout(act, 200);
}
