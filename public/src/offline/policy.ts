// What the service worker does with a request, and which stored answers it lets go. No browser needed.

/**
 * - `page`: the document itself; the network first, the stored page without one.
 * - `shell`: a file of the build, whose name changes with its content; stored when the build is installed.
 * - `immutable`: an address with a digest; stored when first seen, never asked for again.
 * - `network-first`: an address whose answer changes; the network first, the stored answer without one.
 * - `bypass`: none of our business.
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
/** Not named by their content, and needed by the page. */
const PAGE_FILES = ['/config.json', '/manifest.webmanifest', '/icon.svg'];

/**
 * Only plain requests to our own origin are answered from what is stored. One with a token, a signed address
 * (both open internal layers to one reader for a time), a range or another method goes to the server as it is.
 */
export function routeOf({ method, mode, url, headers }: RequestInfo, origin: string): Route {
  const { origin: asked, pathname, search } = new URL(url);
  if (method !== 'GET' || asked !== origin) return 'bypass';
  if (headers.has('authorization') || headers.has('range')) return 'bypass';
  if (mode === 'navigate') return pathname === '/' || pathname === '/index.html' ? 'page' : 'bypass';
  if (search !== '') return 'bypass';
  if (pathname.startsWith('/assets/')) return 'shell';
  if (DIGEST_FORM.test(pathname)) return 'immutable';
  if (LATEST_FORM.test(pathname) || PAGE_FILES.includes(pathname) || pathname.startsWith('/icons/'))
    return 'network-first';
  return 'bypass';
}

/** Caches of answers about the map, and how many answers each holds at most. */
export const MAX_ENTRIES = { documents: 100, tables: 32, tiles: 2000 } as const;
export type MapCache = keyof typeof MAX_ENTRIES;
export const MAP_CACHES = Object.keys(MAX_ENTRIES) as MapCache[];

export function cacheOf(pathname: string): MapCache {
  if (pathname.startsWith('/v1/tables/')) return 'tables';
  return pathname.startsWith('/v1/tiles/') && !pathname.endsWith('/tilejson.json') ? 'tiles' : 'documents';
}

/** Data and definite holes; never a failure, a part, or what the server forbids to keep. */
export function isCacheable({ status, type, headers }: Pick<Response, 'status' | 'type' | 'headers'>): boolean {
  const isWhole = status === 200 || status === 204;
  return isWhole && type === 'basic' && !/\bno-store\b/.test(headers.get('cache-control') ?? '');
}

/** The server no longer shows us what it showed: what is stored of it goes. */
export function isForbidden(status: number): boolean {
  return status === 401 || status === 403;
}

export interface Listing {
  layers: readonly { tilejson: string }[];
  tables?: readonly { url: string }[];
}

/** Stored addresses of layers and tables that a new catalog does not list. */
export function unlisted(pathnames: readonly string[], { layers, tables = [] }: Listing): string[] {
  const folders = layers.map(({ tilejson }) => pathOf(tilejson).replace(/tilejson\.json$/, ''));
  const urls = new Set(tables.map(({ url }) => pathOf(url)));
  const isListed = (pathname: string): boolean =>
    pathname.startsWith('/v1/tables/')
      ? urls.has(pathname)
      : folders.some((folder) => pathname.startsWith(folder) || pathname.startsWith(folder.replace(/\/$/, '@')));
  return pathnames.filter((pathname) => /^\/v1\/(tiles|tables)\//.test(pathname) && !isListed(pathname));
}

/** Stored tiles of this TileJSON's slot that are of another archive than its own. */
export function superseded(pathnames: readonly string[], tilejson: string, template: string): string[] {
  const slot = `${pathOf(tilejson).replace(/\/tilejson\.json$/, '')}@`;
  const own = pathOf(template).replace(/\{z\}.*$/, '');
  return pathnames.filter((pathname) => pathname.startsWith(slot) && !pathname.startsWith(own));
}

/** Addresses in catalog and TileJSON may be whole or begin with a slash. */
function pathOf(address: string): string {
  return address.replace(/^https?:\/\/[^/]+/, '');
}
