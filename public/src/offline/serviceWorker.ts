// Keeps the page and the map that was seen last, for when there is no network. Bundled into /sw.js.

import {
  cacheOf,
  isCacheable,
  isForbidden,
  type Listing,
  MAP_CACHES,
  MAX_ENTRIES,
  routeOf,
  superseded,
  unlisted,
} from './policy';

declare const self: ServiceWorkerGlobalScope;
/** Filled in by the build: a name that changes with any file, and the files of the page. */
declare const BUILD: string;
declare const FILES: readonly string[];

const SHELL_PREFIX = 'shell-';
/** A page that is open may still ask for files of the build before. */
const KEPT_SHELLS = 2;
const PAGE = '/';
/** Counting a cache is not free, so it may outgrow its bound by this many answers. */
const TRIM_EVERY = 100;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  switch (routeOf(request, self.location.origin)) {
    case 'page':
      return event.respondWith(page(event));
    case 'shell':
      return event.respondWith(stored(request).then((response) => response ?? fetch(request)));
    case 'immutable':
      return event.respondWith(stored(request).then((response) => response ?? fetchAndStore(event, request)));
    case 'network-first':
      return event.respondWith(networkFirst(event));
    case 'bypass':
      return;
  }
});

/** The page tells what it loaded before this worker was there. */
self.addEventListener('message', (event) => event.waitUntil(storeSeen(event, event.data.seen)));

async function install(): Promise<void> {
  const shell = await caches.open(SHELL_PREFIX + BUILD);
  await shell.addAll(FILES.map((file) => new Request(file, file === PAGE ? { cache: 'reload' } : {})));
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(SHELL_PREFIX));
  await Promise.all(shells.slice(0, -KEPT_SHELLS).map((name) => caches.delete(name)));
  await self.registration.navigationPreload.enable();
  await self.clients.claim();
}

/** Only a page whose files are all stored is fallen back to: that of the newest installed build. */
async function page(event: FetchEvent): Promise<Response> {
  try {
    const preloaded: Response | undefined = await event.preloadResponse;
    return preloaded ?? (await fetch(event.request));
  } catch (error) {
    const shell = await caches.open(SHELL_PREFIX + BUILD);
    const response = await shell.match(PAGE);
    if (response) return response;
    throw error;
  }
}

async function networkFirst(event: FetchEvent): Promise<Response> {
  try {
    return await fetchAndStore(event, event.request);
  } catch (error) {
    // Who asks with `no-cache` asks whether the server is there: what is stored is no response to that.
    const response = event.request.cache === 'no-cache' ? undefined : await stored(event.request);
    if (response) return response;
    throw error;
  }
}

function stored(request: Request): Promise<Response | undefined> {
  return caches.match(request);
}

async function fetchAndStore(event: ExtendableEvent, request: Request): Promise<Response> {
  const response = await fetch(request);
  if (isForbidden(response.status)) event.waitUntil(evictMap());
  if (isCacheable(response)) event.waitUntil(store(request, response.clone()));
  return response;
}

/** A full disk is no reason to fail: the response has been given. */
async function store(request: Request, response: Response): Promise<void> {
  const { pathname } = new URL(request.url);
  const document = pathname.endsWith('.json') ? response.clone() : null;
  const name = cacheOf(pathname);
  await (await caches.open(name)).put(request, response).catch(console.warn);
  await trim(name);
  if (pathname === '/v1/catalog.json') await evictUnlisted(await document?.json());
  else if (pathname.endsWith('/tilejson.json')) await evictSuperseded(pathname, await document?.json());
}

let puts = 0;

async function trim(name: keyof typeof MAX_ENTRIES): Promise<void> {
  puts += 1;
  if (name === 'tiles' && puts % TRIM_EVERY !== 1) return;
  const cache = await caches.open(name);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, -MAX_ENTRIES[name]).map((key) => cache.delete(key)));
}

async function evictUnlisted(catalog: Listing): Promise<void> {
  await evict((pathnames) => unlisted(pathnames, catalog));
}

async function evictSuperseded(tilejson: string, { tiles }: { tiles: readonly string[] }): Promise<void> {
  await evict((pathnames) => superseded(pathnames, tilejson, tiles[0] ?? ''));
}

async function evict(choose: (pathnames: readonly string[]) => string[]): Promise<void> {
  for (const name of MAP_CACHES) {
    const cache = await caches.open(name);
    const pathnames = (await cache.keys()).map(({ url }) => new URL(url).pathname);
    await Promise.all(choose(pathnames).map((pathname) => cache.delete(pathname)));
  }
}

async function evictMap(): Promise<void> {
  await Promise.all(MAP_CACHES.map((name) => caches.delete(name)));
}

async function storeSeen(event: ExtendableEvent, seen: readonly string[]): Promise<void> {
  const asked = seen.map((url) => new Request(url));
  for (const request of asked) {
    const route = routeOf(request, self.location.origin);
    if (route !== 'network-first' && route !== 'immutable') continue;
    if (!(await stored(request))) await fetchAndStore(event, request).catch(() => undefined);
  }
}
