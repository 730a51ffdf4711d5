// Tiles that the browser derives from those of the server. Each kind has its own URL scheme.

import { SOURCE_LAYER } from '@styles/density';
import { addProtocol, type RequestParameters } from 'maplibre-gl';
import { LoadCache } from '../lib/loadCache';
import { fetchTile } from './fetchTile';
import { pointsToSquares } from './squares';
import { tileUrlOf } from './tileAddress';
import { type Cells, decodeCells, encodeRemainders, remaindersOf, tileAndAncestors } from './withheld';

/** Fetches the tile at the URL after the scheme and turns its points into squares. */
const SQUARES_SCHEME = 'squares';
/** Fetches a tile that a worker computes, as it is. */
const POINTS_SCHEME = 'points';
/** Counts withheld by the privacy floor, computed from the tile and its ancestors. */
const WITHHELD_SCHEME = 'withheld';

export function squaresUrl(tileUrl: string): string {
  return `${SQUARES_SCHEME}://${tileUrl}`;
}

/** Whether the tiles are computed from the timeline, whatever form the map draws. */
export const isRangeUrl = (tileUrl: string): boolean => tileUrl.includes('timeline://');

/** Tiles of the server need no scheme: MapLibre fetches them itself. */
export function pointsUrl(tileUrl: string): string {
  return /^https?:/.test(tileUrl) ? tileUrl : `${POINTS_SCHEME}://${tileUrl}`;
}

/** MapLibre replaces the braces in front. Those of the escaped template stay for the protocol handler. */
export function withheldUrl(tileUrl: string, minzoom: number): string {
  return `${WITHHELD_SCHEME}://{z}/{x}/{y}/${minzoom}/${encodeURIComponent(tileUrl)}`;
}

export function addTileProtocols(): void {
  addProtocol(SQUARES_SCHEME, async ({ url }: RequestParameters, { signal }: AbortController) => {
    const tile = await fetchTile(url.slice(squaresUrl('').length), signal);
    return { data: pointsToSquares(tile) };
  });
  addProtocol(POINTS_SCHEME, async ({ url }: RequestParameters) => ({
    data: await fetchTile(url.slice(`${POINTS_SCHEME}://`.length)),
  }));
  addProtocol(WITHHELD_SCHEME, async ({ url }: RequestParameters) => {
    const [z, x, y, minzoom, template] = url.slice(`${WITHHELD_SCHEME}://`.length).split('/');
    const tile = { z: Number(z), x: Number(x), y: Number(y) };
    const ancestors = tileAndAncestors(tile, Number(minzoom));
    const tiles = await Promise.all(
      ancestors.map((ancestor) => cellsOf(tileUrlOf(decodeURIComponent(template ?? ''), ancestor))),
    );
    return { data: encodeRemainders(SOURCE_LAYER, remaindersOf(tile, tiles)) };
  });
}

/** Neighbouring tiles share most ancestors. The browser caches the bytes; this caches the decoded cells. */
const CACHED_TILES = 64;
const cache = new LoadCache<Cells>(CACHED_TILES);

function cellsOf(url: string): Promise<Cells> {
  return cache.get(url, () => fetchTile(url).then(decodeCells));
}
