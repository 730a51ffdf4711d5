import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveTo, onPage, settle, shoot } from './page.mjs';
import { startProxy } from './proxy.mjs';
import { isNightly, nightlyOnly } from './tier.mjs';
import { catalog, city, expected, fullestTile, placeInTile, tileJson } from './tiles.mjs';

const offlineErrors = [/Failed to load resource/, /ERR_INTERNET_DISCONNECTED/, /ERR_CONNECTION_REFUSED/];
const zoom = Math.min(12, tileJson.maxzoom);
const tile = await fullestTile(city, zoom);
const middle = { ...placeInTile(tile, 32, 32), zoom: zoom + 0.1 };

const isMarked = (layer) => layer?.startsWith('density') ?? false;

/** Waits until the worker controls the page and has cached the catalog and the view. */
async function stored(page) {
  await page.waitForFunction(async () => {
    if (!navigator.serviceWorker.controller) return false;
    const [documents, tiles] = await Promise.all(['documents', 'tiles'].map((name) => caches.open(name)));
    return (await documents.match('/v1/catalog.json')) && (await tiles.keys()).length > 0;
  });
}

/** Picks the busiest cell of the tile on the page. */
async function pickBusiest(page) {
  const [key, cell] = [...tile.cells].toSorted(([, a], [, b]) => b.orders - a.orders)[0];
  const [column, row] = key.split(',').map(Number);
  const { lng, lat } = placeInTile(tile, column + 0.5, row + 0.5);
  const at = await page.evaluate((place) => window.foodmap.map.project(place), [lng, lat]);
  await page.mouse.click(at.x, at.y);
  const shown = Number(await page.locator('.cell .big').getAttribute('data-min'));
  return [shown, expected(cell, 'orders', [])[0]];
}

test('offline, the page opens with the last map and its counts', async () => {
  await onPage({ worker: true, expected: offlineErrors }, async (page) => {
    await stored(page);
    await moveTo(page, middle);
    await page.context().setOffline(true);
    await page.reload();
    await settle(page);
    const [shown, published] = await pickBusiest(page);
    assert.equal(shown, published);
    await page.getByText('You are offline. This is the last map that was loaded.').waitFor();
    await shoot(page, 'offline');
    await page.context().setOffline(false);
    await page.waitForSelector('.offline', { state: 'detached' });
  });
});

test('one visit is enough: responses from before the worker was active are cached too', async () => {
  const server = await startProxy();
  await onPage({ url: server.url, worker: true, expected: offlineErrors }, async (page) => {
    await stored(page);
    const seen = server.requests.filter((path) => /\.mvt$/.test(path) && path.includes('density'));
    await page.waitForFunction(
      async (paths) => {
        const tiles = await caches.open('tiles');
        return (await Promise.all(paths.map((path) => tiles.match(path)))).every(Boolean);
      },
      [...new Set(seen)],
    );
    await server.stop();
    await page.reload();
    await settle(page);
    const cells = await page.evaluate(
      () => window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] }).length,
    );
    assert.ok(cells > 0, 'cells are drawn');
  });
});

// In the tier change, policy.test.ts proves which responses are cached.
test('a URL with a digest is requested once', nightlyOnly(), async () => {
  const server = await startProxy();
  try {
    await onPage({ url: server.url, worker: true }, async (page) => {
      await stored(page);
      await page.reload();
      await settle(page);
      const known = new Set(server.requests);
      server.requests.length = 0;
      await page.reload();
      await settle(page);
      const isNamedByContent = (path) => path.includes('@') || path.startsWith('/assets/');
      assert.deepEqual(
        server.requests.filter((path) => known.has(path) && isNamedByContent(path)),
        [],
      );
      assert.ok([...known].some(isNamedByContent) && server.requests.includes('/'), 'changing documents are requested');
    });
  } finally {
    await server.stop();
  }
});

test('a new build takes over and opens offline', nightlyOnly(), async () => {
  const server = await startProxy();
  const before = (page) =>
    page.addInitScript(() => {
      navigator.serviceWorker.addEventListener('controllerchange', () => {
        window.isTakenOver = true;
      });
    });
  await onPage({ url: server.url, before, worker: true, expected: offlineErrors }, async (page) => {
    await stored(page);
    const [index, worker] = await Promise.all(
      ['', 'sw.js'].map(async (path) => (await fetch(server.url + path)).text()),
    );
    server.change = (path) => {
      const headers = { 'content-type': path === '/' ? 'text/html' : 'text/javascript', 'cache-control': 'no-cache' };
      if (path === '/') return { headers, body: index.replace('<title>foodmap', '<title>newer foodmap') };
      if (path === '/sw.js') return { headers, body: worker.replaceAll(/\b[0-9a-f]{16}\b/g, 'feedfeedfeedfeed') };
      return null;
    };
    await page.reload();
    assert.match(await page.title(), /newer/, 'a page is asked for before it is taken from the store');
    await page.waitForFunction(() => window.isTakenOver);
    await server.stop();
    await page.reload();
    await settle(page);
    assert.match(await page.title(), /newer/);
    const shells = await page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('shell-')));
    assert.equal(shells.length, 2, 'an open page of the previous build may still request its files');
  });
});

test('tiles of a layer with the mark "offline: false" are shown and never stored', async () => {
  const marked = { ...catalog, layers: catalog.layers.map((layer) => ({ ...layer, offline: !isMarked(layer.layer) })) };
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' };
  let body = JSON.stringify(catalog);
  const server = await startProxy((path) => (path === '/v1/catalog.json' ? { headers, body } : null));
  const kept = (page) =>
    page.evaluate(async () => (await (await caches.open('tiles')).keys()).map(({ url }) => new URL(url).pathname));
  const ofMarked = async (page) => (await kept(page)).filter((path) => isMarked(path.split('/')[3]));
  try {
    await onPage({ url: server.url, worker: true }, async (page) => {
      await stored(page);
      assert.notDeepEqual(await ofMarked(page), [], 'without the mark, the layer is stored');
      body = JSON.stringify(marked);
      await page.reload();
      await settle(page);
      await page.waitForFunction(async () =>
        (await (await caches.match('/v1/catalog.json')).json()).layers.some(({ offline }) => !offline),
      );
      await moveTo(page, middle);
      const cells = await page.evaluate(
        () => window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] }).length,
      );
      assert.ok(cells > 0, 'cells are drawn');
      assert.deepEqual(await ofMarked(page), []);
    });
  } finally {
    await server.stop();
  }
});

test('when the server denies access, all cached map data is deleted', async () => {
  // The catalog is not cacheable here.
  const headers = { 'content-type': 'application/json', 'cache-control': 'private, no-cache' };
  let status = 200;
  const server = await startProxy((path) =>
    path === '/v1/catalog.json' ? { status, headers, body: status === 200 ? JSON.stringify(catalog) : '' } : null,
  );
  try {
    await onPage({ url: server.url, worker: true, expected: [/401/] }, async (page) => {
      await stored(page);
      status = 401;
      await page.reload();
      await page.locator('[data-failure="catalog"]').waitFor();
      await page.waitForFunction(async () => !(await caches.keys()).some((name) => !name.startsWith('shell-')));
    });
  } finally {
    await server.stop();
  }
});

test('the page can be installed', async () => {
  await onPage({ worker: true }, async (page) => {
    await stored(page);
    const session = await page.context().newCDPSession(page);
    const { errors, data } = await session.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // Windows without history, as in tests, are rejected only for that reason.
    const blocking = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
    assert.deepEqual(blocking, []);
    const { name, display, start_url: start, icons } = JSON.parse(data);
    assert.deepEqual([name !== '', display, start], [true, 'standalone', '/']);
    const drawn = await page.evaluate(
      (all) =>
        Promise.all(
          all.map(async ({ src, sizes, purpose }) => {
            const image = new Image();
            image.src = src;
            await image.decode();
            return { sizes, purpose, width: image.naturalWidth };
          }),
        ),
      icons.filter(({ type }) => type === 'image/png'),
    );
    for (const { sizes, width } of drawn) assert.equal(sizes, `${width}x${width}`);
    const has = (size, purpose) => drawn.some(({ width, purpose: own }) => width === size && own === purpose);
    assert.ok(has(192, 'any') && has(512, 'any') && has(512, 'maskable'));
  });
});

test('the worker is never cached by the browser, and controls the whole page', async () => {
  const response = await fetch(new URL('/sw.js', process.env.FOODMAP_URL));
  assert.equal(response.headers.get('cache-control'), 'no-cache');
  assert.match(response.headers.get('content-type'), /javascript/);
  if (!isNightly) return; // Each test of this file fails unless the worker controls the page.
  await onPage({ worker: true }, async (page) => {
    await stored(page);
    const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
    assert.equal(new URL(scope).pathname, '/');
  });
});
