// The client of the worker that counts ranges of days. Its tiles have a URL scheme, so that the map draws them as density.

import { type Remote, wrap } from 'comlink';
import type { Timeline } from '../../data/timeline';
import { provideTiles } from '../fetchTile';
import type { TileAddress } from '../tileAddress';
import type { Against } from './change/growth';
import type { Range } from './engine';
import type { TimelineApi } from './timeline.worker';

const SCHEME = 'timeline';

export type TimelineClient = Remote<TimelineApi>;

/**
 * The tiles of a range, with the counts of another period if it is compared with one. The build is part of the URL, so that a
 * newer map has other tiles.
 */
export function rangeTileUrl({ from, to, hours }: Range, builtAt: string, against: Against | null = null): string {
  const parts = [from, to, hours ?? EVERY_HOUR, encodeURIComponent(builtAt)];
  if (against) parts.push(encodeURIComponent(JSON.stringify(against)));
  return `${SCHEME}://{z}/{x}/{y}/${parts.join('/')}`;
}

const EVERY_HOUR = 'all';

let current: { key: string; worker: Worker; client: TimelineClient } | null = null;

/** Starts the worker on first use, and again for another map. Lines are counted in the order of `lines`. */
export function timelineClient(timeline: Timeline, lines: readonly string[]): TimelineClient {
  const key = JSON.stringify([timeline.months, lines]);
  if (current?.key === key) return current.client;
  current?.worker.terminate();
  const worker = new Worker(new URL('./timeline.worker.ts', import.meta.url), { type: 'module' });
  const client = wrap<TimelineApi>(worker);
  void client.open(timeline.months, lines);
  current = { key, worker, client };
  provideTiles(SCHEME, async (url) => {
    const { tile, range, against } = readAddress(url);
    return client.tile(range, against, tile);
  });
  return client;
}

function readAddress(url: string): { tile: TileAddress; range: Range; against: Against | null } {
  const [z, x, y, from = '', to = '', hours = '', , against] = url.slice(`${SCHEME}://`.length).split('/');
  return {
    tile: { z: Number(z), x: Number(x), y: Number(y) },
    range: { from, to, hours: hours === EVERY_HOUR ? null : hours },
    against: against === undefined ? null : JSON.parse(decodeURIComponent(against)),
  };
}
