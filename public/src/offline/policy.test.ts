import { cacheOf, isCacheable, isForbidden, isFresh, mayBeKept, routeOf, superseded, unlisted } from './policy';

const ORIGIN = 'https://map.example';
const routeFor = (path: string, more: Partial<Parameters<typeof routeOf>[0]> = {}) =>
  routeOf({ method: 'GET', mode: 'cors', url: ORIGIN + path, headers: new Headers(), ...more }, ORIGIN);

test('the route of a request follows from its URL', () => {
  for (const [path, route] of [
    ['/assets/app-1a2b.js', 'shell'],
    ['/v1/tiles/density/30d@00ff/10/658/403.mvt', 'immutable'],
    ['/v1/tables/vendors/tehran@00ff.json', 'immutable'],
    ['/v1/tiles/density/30d/10/658/403.mvt', 'network-first'],
    ['/v1/tiles/density/30d/tilejson.json', 'network-first'],
    ['/v1/tables/options/now.json', 'network-first'],
    ['/v1/catalog.json', 'network-first'],
    ['/config.json', 'network-first'],
    ['/icons/icon-192.png', 'network-first'],
    ['/v1/archives/density/30d@00ff.pmtiles', 'bypass'],
    ['/v1/rebuild', 'bypass'],
    ['/v1/session', 'bypass'],
    ['/health/ready', 'bypass'],
    ['/sw.js', 'bypass'],
  ] as const) {
    expect(routeFor(path), path).toBe(route);
  }
});

test('only the page itself has the route "page"', () => {
  expect(routeFor('/', { mode: 'navigate' })).toBe('page');
  expect(routeFor('/?from=home', { mode: 'navigate' })).toBe('page');
  expect(routeFor('/v1/catalog.json', { mode: 'navigate' })).toBe('bypass');
});

test('requests with a token or a signature bypass the cache', () => {
  const tile = '/v1/tiles/density/30d@00ff/10/658/403.mvt';
  expect(routeFor(tile, { headers: new Headers({ authorization: 'Bearer a' }) })).toBe('bypass');
  expect(routeFor(`${tile}?sig=a&until=1`)).toBe('bypass');
  expect(routeFor('/v1/catalog.json?token=a')).toBe('bypass');
});

test('other origins, methods and ranges bypass the cache', () => {
  expect(routeFor('', { url: 'https://other.example/v1/tiles/a/now@00ff/1/0/0.mvt' })).toBe('bypass');
  expect(routeFor('/v1/catalog.json', { method: 'POST' })).toBe('bypass');
  expect(routeFor('/v1/tables/options/now.json', { headers: new Headers({ range: 'bytes=0-1' }) })).toBe('bypass');
});

test('data and empty tiles are cacheable; errors, partial responses and no-store are not', () => {
  const may = (status: number, cacheControl: string, type: ResponseType = 'basic') =>
    isCacheable({ status, type, headers: new Headers({ 'cache-control': cacheControl }) });
  expect(may(200, 'private, max-age=60')).toBe(true);
  expect(may(204, 'public, max-age=60')).toBe(true);
  for (const status of [206, 304, 401, 404, 410, 503]) expect(may(status, 'public'), String(status)).toBe(false);
  expect(may(200, 'no-store')).toBe(false);
  expect(may(200, 'public', 'opaque')).toBe(false);
});

test('each kind of response has its own cache', () => {
  expect(cacheOf('/v1/tiles/density/30d@00ff/10/658/403.mvt')).toBe('tiles');
  expect(cacheOf('/v1/tiles/density/30d/tilejson.json')).toBe('documents');
  expect(cacheOf('/v1/tables/options/now@00ff.json')).toBe('tables');
  expect(cacheOf('/config.json')).toBe('documents');
});

test('layers and tables that a new catalog does not list are evicted', () => {
  const listed = ['/config.json', '/v1/tiles/areas/now/tilejson.json', '/v1/tiles/areas/now@00ff/4/1/1.mvt'];
  const unlistedUrls = [
    '/v1/tiles/density/30d@00ff/10/658/403.mvt',
    '/v1/tiles/areas/nowhere/tilejson.json',
    '/v1/tables/vendors/tehran@00ff.json',
  ];
  const catalog = {
    layers: [{ layer: 'areas', tilejson: '/v1/tiles/areas/now/tilejson.json' }],
    tables: [{ url: 'https://map.example/v1/tables/vendors/tehran@1234.json' }],
  };
  expect(unlisted([...listed, ...unlistedUrls, '/v1/tables/vendors/tehran@1234.json'], catalog)).toEqual(unlistedUrls);
});

test('tiles of a layer that must not be kept are not stored, and are evicted', () => {
  const tilejson = '/v1/tiles/timeline-users/2026-11/tilejson.json';
  const layers = [
    { layer: 'timeline-users', tilejson, offline: false },
    { layer: 'density', tilejson: '/v1/tiles/density/30d/tilejson.json', offline: true },
    { layer: 'areas', tilejson: '/v1/tiles/areas/now/tilejson.json' },
  ];
  const never = [
    '/v1/tiles/timeline-users/2026-11@00ff/10/658/403.mvt',
    '/v1/tiles/timeline-users/2026-11/10/658/403.mvt',
    '/v1/tiles/density/30d@00ff+timeline-users/2026-11@00ff/10/658/403.mvt',
  ];
  const kept = [
    '/v1/tiles/density/30d@00ff/10/658/403.mvt',
    '/v1/tiles/areas/now@00ff/4/1/1.mvt',
    '/v1/catalog.json',
    tilejson,
  ];
  expect([...never, ...kept].filter((pathname) => mayBeKept(pathname, { layers }))).toEqual(kept);
  expect(unlisted([...never, ...kept], { layers })).toEqual(never);
});

test('tiles of a superseded archive are evicted', () => {
  const old = '/v1/tiles/density/30d@00ff/10/658/403.mvt';
  const others = ['/v1/tiles/density/30d@1234/10/658/403.mvt', '/v1/tiles/density/7d@00ff/10/658/403.mvt'];
  const template = '/v1/tiles/density/30d@1234/{z}/{x}/{y}.mvt';
  expect(superseded([old, ...others], '/v1/tiles/density/30d/tilejson.json', template)).toEqual([old]);
});

test('internal responses are fresh for a limited time, public ones until they are evicted', () => {
  const headers = (control: string, date: string) => new Headers({ 'cache-control': control, date });
  const stored = 'Mon, 30 Nov 2026 08:00:00 GMT';
  const now = Date.parse('Mon, 30 Nov 2026 10:00:00 GMT');
  expect(isFresh(headers('public, max-age=60', stored), 3600, now)).toBe(true);
  expect(isFresh(headers('private, max-age=86400, immutable', stored), 3600, now)).toBe(false);
  expect(isFresh(headers('private, max-age=86400, immutable', stored), 7200, now)).toBe(true);
  expect(isFresh(headers('private, max-age=60', 'no date'), 7200, now)).toBe(false);
});

test('401 and 403 withdraw access, except a 403 for a single tile', () => {
  expect(isForbidden(401, '/v1/tiles/density/30d/5/1/1.mvt')).toBe(true);
  expect(isForbidden(403, '/v1/catalog.json')).toBe(true);
  expect(isForbidden(403, '/v1/tiles/density/30d/tilejson.json')).toBe(true);
  expect(isForbidden(403, '/v1/tiles/density/30d/5/1/1.mvt')).toBe(false);
  expect(isForbidden(503, '/v1/catalog.json')).toBe(false);
});
