// Fetches the bytes of a density tile, from the server or from a worker that computes it.

import { LoadError } from '../data/fetchJson';

export type TileProvider = (url: string) => Promise<ArrayBuffer>;

const providers = new Map<string, TileProvider>();

/** Tiles whose URL has the scheme come from the provider, which replaces an earlier one. */
export function provideTiles(scheme: string, provider: TileProvider): void {
  providers.set(scheme, provider);
}

/** An empty tile has no bytes. */
export async function fetchTile(url: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  const provider = providers.get(url.slice(0, url.indexOf(':')));
  if (provider) return provider(url);
  const response = await fetch(url, signal ? { signal } : {});
  if (!response.ok) throw new LoadError(new URL(url).pathname, String(response.status));
  // 204 is an empty tile.
  return response.status === 204 ? new ArrayBuffer(0) : response.arrayBuffer();
}
