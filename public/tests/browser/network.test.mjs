import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRadio, moveTo, onPage, openGroup, settle, URL_BASE } from './page.mjs';
import { startProxy } from './proxy.mjs';
import { nightlyOnly } from './tier.mjs';
import { city, tileAt, tileJson } from './tiles.mjs';

const OVERLAYS = ['coverage', 'areas', 'population', 'vendors'];
const isDensity = (path) => /^\/v1\/tiles\/density/.test(path) && path.endsWith('.mvt');

test('the page sends requests only to its own server', async () => {
  const requested = [];
  const before = (page) => page.context().on('request', (request) => requested.push(request.url()));
  const over = OVERLAYS.map((overlay) => `over=${overlay}`).join('&');
  await onPage(
    { before, hash: `#lang=fa&line=Restaurant&vs=users&circles=off&${over}`, worker: true },
    async (page) => {
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12.5 });
      await page.locator('canvas.maplibregl-canvas').first().focus();
      await page.keyboard.press('Enter');
      await chooseRadio(page, 'view', 'heat');
      for (const group of ['vendors', 'coverage', 'areas', 'appearance']) await openGroup(page, group).catch(() => {});
      await page.evaluate(() => {
        location.hash = `${location.hash}&theme=night`;
      });
      await settle(page);
    },
  );
  const { origin } = new URL(URL_BASE);
  const own = (url) => new URL(url).origin === origin || /^(blob|data):/.test(url);
  assert.deepEqual(
    requested.filter((url) => !own(url)),
    [],
  );
  assert.ok(
    requested.some((url) => url.endsWith('.woff2')) && requested.length > 20,
    `only ${requested.length} requests were seen`,
  );
});

// In the tier change, prefetch.test.ts proves which tiles are requested.
test('tiles around the view are cached before the map moves to them', nightlyOnly(), async () => {
  const server = await startProxy();
  try {
    await onPage({ url: server.url, hash: '#lang=en&line=all' }, async (page) => {
      const z = Math.min(12, tileJson.maxzoom);
      const [x, y] = tileAt(...city.center, z);
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: z + 0.5 });
      const ring = [-3, -2, 2, 3].flatMap((by) => [`/${z}/${x + by}/${y}.mvt`, `/${z}/${x}/${y + by}.mvt`]);
      await server.waitForRequests((requested) =>
        ring.some((tile) => requested.some((path) => isDensity(path) && path.endsWith(tile))),
      );
      await page.waitForTimeout(500);
      const before = new Set(server.requests.filter(isDensity));
      const wide = 360 / 2 ** z;
      await moveTo(page, { lng: city.center[0] + wide / 2, lat: city.center[1], zoom: z + 0.5 });
      const drawn = await page.evaluate(() => {
        const { map } = window.foodmap;
        const [west, south, east, north] = map.getBounds().toArray().flat();
        return { west, south, east, north };
      });
      const [left, top] = tileAt(drawn.west, drawn.north, z);
      const [right, bottom] = tileAt(drawn.east, drawn.south, z);
      const late = server.requests.filter(isDensity).filter((path) => {
        const [, column, row] = path.match(/\/(\d+)\/(\d+)\.mvt$/).map(Number);
        const isInView = column >= left && column <= right && row >= top && row <= bottom;
        return isInView && path.includes(`/${z}/`) && !before.has(path);
      });
      assert.deepEqual(late, []);
    });
  } finally {
    await server.stop();
  }
});
