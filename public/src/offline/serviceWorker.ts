// Caches the page and the last seen map for offline use. Bundled into /sw.js.

import { forgetMap } from './forget';
import {
  cacheOf,
  INTERNAL_MAX_AGE_S,
  isCacheable,
  isForbidden,
  isFresh,
  type Listing,
  MAP_CACHES,
  MAX_ENTRIES,
  mayBeKept,
  routeOf,
  superseded,
  unlisted,
} from './policy';

declare const self: ServiceWorkerGlobalScope;
/** Defined by the build: an id that changes when any file changes, and the files of the page. */
declare const BUILD: string;
declare const FILES: readonly string[];

const SHELL_PREFIX = 'shell-';
/** An open page may still request files of the previous build. */
const KEPT_SHELLS = 2;
const PAGE = '/';
/** Counting the entries of a cache is slow, so it may exceed its limit by this many. */
const TRIM_EVERY = 100;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  switch (routeOf(request, self.location.origin)) {
    case 'page':
      return event.respondWith(pageResponse(event));
    case 'shell':
      return event.respondWith(caches.match(request).then((response) => response ?? fetch(request)));
    case 'immutable':
      return event.respondWith(cachedResponse(request).then((response) => response ?? fetchAndStore(event, request)));
    case 'network-first':
      return event.respondWith(networkFirst(event));
    case 'bypass':
      return;
  }
});

/** The page sends the URLs that it loaded before this worker was active. */
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

/** The fallback is the page of the newest installed build, because all of its files are cached. */
async function pageResponse(event: FetchEvent): Promise<Response> {
  checked = checkPerson();
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
    checkPersonAgain();
    // `no-cache` asks whether the server is reachable, so a cached response would be wrong.
    const response = event.request.cache === 'no-cache' ? undefined : await cachedResponse(event.request);
    if (response) return response;
    throw error;
  }
}

/** A stored response, unless it belongs to another person or is too old. */
async function cachedResponse(request: Request): Promise<Response | undefined> {
  await checked;
  const response = await caches.match(request);
  if (!response || isFresh(response.headers, internalMaxAge, Date.now())) return response;
  await (await caches.open(cacheOf(new URL(request.url).pathname))).delete(request);
  return undefined;
}

/** Where the name of the last person is kept. */
const PERSON_CACHE = 'person';
const SESSION = '/v1/session';
let internalMaxAge = INTERNAL_MAX_AGE_S;
/** Ends when it is known who opened the page. */
let checked: Promise<void> = Promise.resolve();
let checkedAt = 0;
/** Offline, many requests fail at once, so the person is checked at most once in this time, in milliseconds. */
const CHECK_EVERY_MS = 2_000;

/** Checks the person after a failed request, because a redirect to the login of another origin fails too. */
function checkPersonAgain(): void {
  if (Date.now() - checkedAt >= CHECK_EVERY_MS) checked = checkPerson();
}

/** Deletes the map that another person left in this browser. Offline, no one can be asked. */
async function checkPerson(): Promise<void> {
  // A proxy in front of the server may redirect to the login instead of answering 401. A redirect to another origin
  // looks like a failed connection, unless it is not followed.
  checkedAt = Date.now();
  const response = await fetch(SESSION, { cache: 'no-store', redirect: 'manual' }).catch(() => null);
  if (!response) return;
  if (response.type === 'opaqueredirect' || isForbidden(response.status)) return forgetMap();
  if (!response.ok) return;
  const session = await response.json();
  internalMaxAge = session.internal_max_age_seconds ?? INTERNAL_MAX_AGE_S;
  const cache = await caches.open(PERSON_CACHE);
  const before = await (await cache.match(SESSION))?.text();
  const now = JSON.stringify([session.person, session.roles]);
  if (before !== undefined && before !== now) await forgetMap();
  await cache.put(SESSION, new Response(now));
}

async function fetchAndStore(event: ExtendableEvent, request: Request): Promise<Response> {
  const response = await fetch(request);
  if (isForbidden(response.status, new URL(request.url).pathname)) event.waitUntil(forgetMap());
  if (isCacheable(response)) event.waitUntil(store(request, response.clone()));
  return response;
}

/** A full disk is not an error: the page already has its response. */
async function store(request: Request, response: Response): Promise<void> {
  const { pathname } = new URL(request.url);
  if (cacheOf(pathname) === 'tiles') {
    const catalog = await listing();
    if (!(catalog && mayBeKept(pathname, catalog))) return;
  }
  const document = pathname.endsWith('.json') ? response.clone() : null;
  const name = cacheOf(pathname);
  await (await caches.open(name)).put(request, response).catch(console.warn);
  await trim(name);
  if (pathname === CATALOG) {
    listed = document?.json();
    const catalog = await listing();
    if (catalog) await evictUnlisted(catalog);
  }
  if (pathname.endsWith('/tilejson.json')) await evictSuperseded(pathname, await document?.json());
}

const CATALOG = '/v1/catalog.json';
/** The newest catalog, as long as this worker runs. */
let listed: Promise<Listing> | undefined;

/** The catalog that says which tiles may be kept: the newest, the stored one, or a new one; `null` if there is none. */
async function listing(): Promise<Listing | null> {
  listed ??= caches.match(CATALOG).then(async (stored) => {
    const response = stored ?? (await fetch(CATALOG));
    if (!response.ok) throw new Error(`${CATALOG}: ${response.status}`);
    return response.json();
  });
  return listed.catch(() => {
    listed = undefined;
    return null;
  });
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

async function storeSeen(event: ExtendableEvent, seen: readonly string[]): Promise<void> {
  const requests = seen.map((url) => new Request(url));
  for (const request of requests) {
    const route = routeOf(request, self.location.origin);
    if (route !== 'network-first' && route !== 'immutable') continue;
    if (!(await cachedResponse(request))) await fetchAndStore(event, request).catch(() => undefined);
  }
}
