// Deletes what this browser keeps of the map.

import { MAP_CACHES } from './policy';

export async function forgetMap(): Promise<void> {
  // Service workers, and with them caches, are unavailable on plain HTTP.
  if ('caches' in globalThis) await Promise.all(MAP_CACHES.map((name) => caches.delete(name)));
}
