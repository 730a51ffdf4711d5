// Decides how the service worker handles a request and which cached responses it evicts. Runs without a browser.

/**
 * - `page`: the document itself. Network first, the cached page offline.
 * - `shell`: a file of the build, whose name changes with its content. Cached when the build is installed.
 * - `immutable`: a URL with a digest. Cached on first use, never revalidated.
 * - `network-first`: a URL whose response changes. Network first, the cached response offline.
 * - `bypass`: not handled by the worker.
 */
export type Route = 'page' | 'shell' | 'immutable' | 'network-first' | 'bypass';

export interface RequestInfo {
  method: string;
  mode: string;
  url: string;
  headers: Pick<Headers, 'has'>;
}

const DIGEST_FORM = /^\/v1\/(tiles|tables)\/[^@+]+@[0-9a-f]+[/.]/;
const LATEST_FORM = /^\/v1\/(catalog\.json|(tiles|tables)\/.+)$/;
/** Files that the page needs and whose names do not change with their content. */
const PAGE_FILES = ['/config.json', '/manifest.webmanifest', '/icon.svg'];

/**
 * Only plain requests to our own origin use the cache. Requests with a token or a signed URL (which open internal
 * layers to one user for a limited time), with a range or with another method go to the server.
 */
export function routeOf({ method, mode, url, headers }: RequestInfo, origin: string): Route {
  const { origin: requested, pathname, search } = new URL(url);
  if (method !== 'GET' || requested !== origin) return 'bypass';
  if (headers.has('authorization') || headers.has('range')) return 'bypass';
  if (mode === 'navigate') return pathname === '/' || pathname === '/index.html' ? 'page' : 'bypass';
  if (search !== '') return 'bypass';
  if (pathname.startsWith('/assets/')) return 'shell';
  if (DIGEST_FORM.test(pathname)) return 'immutable';
  if (LATEST_FORM.test(pathname) || PAGE_FILES.includes(pathname) || pathname.startsWith('/icons/'))
    return 'network-first';
  return 'bypass';
}

/** The caches of map data, and the largest number of responses in each. */
export const MAX_ENTRIES = { documents: 100, tables: 32, tiles: 2000 } as const;
export type MapCache = keyof typeof MAX_ENTRIES;
export const MAP_CACHES = Object.keys(MAX_ENTRIES) as MapCache[];

export function cacheOf(pathname: string): MapCache {
  if (pathname.startsWith('/v1/tables/')) return 'tables';
  return pathname.startsWith('/v1/tiles/') && !pathname.endsWith('/tilejson.json') ? 'tiles' : 'documents';
}

/** Data and empty tiles; never an error, a partial response, or a response with `no-store`. */
export function isCacheable({ status, type, headers }: Pick<Response, 'status' | 'type' | 'headers'>): boolean {
  const isWhole = status === 200 || status === 204;
  return isWhole && type === 'basic' && !/\bno-store\b/.test(headers.get('cache-control') ?? '');
}

/**
 * The server has withdrawn access, so the cached map data must be deleted. A tile that a role does not include is also
 * 403, but only its documents decide about a layer.
 */
export function isForbidden(status: number, pathname = ''): boolean {
  return status === 401 || (status === 403 && !pathname.endsWith('.mvt'));
}

/** The default of tileserve, until the session is known. */
export const INTERNAL_MAX_AGE_S = 86_400;

/** Whether a stored response may still be used: internal ones are `private`, and age from the server's `Date`. */
export function isFresh(headers: Pick<Headers, 'get'>, internalMaxAge: number, now: number): boolean {
  if (!/\bprivate\b/.test(headers.get('cache-control') ?? '')) return true;
  const stored = Date.parse(headers.get('date') ?? '');
  return now - stored <= internalMaxAge * 1000;
}

export interface Listing {
  layers: readonly { layer: string; tilejson: string; offline?: boolean }[];
  tables?: readonly { url: string }[];
}

/** Whether a response may be kept: not tiles of a layer that the catalog marks as `offline: false`, alone or composed. */
export function mayBeKept(pathname: string, { layers }: Pick<Listing, 'layers'>): boolean {
  if (cacheOf(pathname) !== 'tiles') return true;
  const slots = pathname.replace('/v1/tiles/', '').split('+');
  const never = new Set(layers.filter(({ offline }) => offline === false).map(({ layer }) => layer));
  return !slots.some((slot) => never.has(slot.split('/')[0] ?? ''));
}

/** Cached URLs of layers and tables that a new catalog does not list, and of tiles that it forbids to keep. */
export function unlisted(pathnames: readonly string[], { layers, tables = [] }: Listing): string[] {
  const folders = layers.map(({ tilejson }) => pathOf(tilejson).replace(/tilejson\.json$/, ''));
  const urls = new Set(tables.map(({ url }) => pathOf(url)));
  const isListed = (pathname: string): boolean =>
    pathname.startsWith('/v1/tables/')
      ? urls.has(pathname)
      : folders.some((folder) => pathname.startsWith(folder) || pathname.startsWith(folder.replace(/\/$/, '@')));
  const isMap = (pathname: string): boolean => /^\/v1\/(tiles|tables)\//.test(pathname);
  return pathnames.filter((name) => isMap(name) && !(isListed(name) && mayBeKept(name, { layers })));
}

/** Cached tiles of the same slot as this TileJSON that belong to another archive. */
export function superseded(pathnames: readonly string[], tilejson: string, template: string): string[] {
  const slot = `${pathOf(tilejson).replace(/\/tilejson\.json$/, '')}@`;
  const own = pathOf(template).replace(/\{z\}.*$/, '');
  return pathnames.filter((pathname) => pathname.startsWith(slot) && !pathname.startsWith(own));
}

/** URLs in the catalog and in TileJSON may be absolute or start with a slash. */
function pathOf(address: string): string {
  return address.replace(/^https?:\/\/[^/]+/, '');
}
