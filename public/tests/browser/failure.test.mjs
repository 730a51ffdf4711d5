import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRadio, onPage, settle } from './page.mjs';

const expected = [/503/, /Failed to load resource/];

test('a failed tile is reported, the page keeps working, and a retry succeeds', async () => {
  let isFailing = true;
  const before = (page) =>
    page.route('**/*.mvt', (route) => (isFailing ? route.fulfill({ status: 503, body: 'busy' }) : route.continue()));
  await onPage({ before, waits: false, expected }, async (page) => {
    const notice = page.locator('[data-failure="tiles"]');
    await notice.waitFor();
    assert.match(await notice.textContent(), /503/);
    await chooseRadio(page, 'kind', 'users').catch(() => {});
    assert.match(page.url(), /kind=users/);
    isFailing = false;
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.waitForFunction(
      () => window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] }).length > 0,
    );
    assert.equal(await notice.count(), 0);
  });
});

test('a message can be dismissed', async () => {
  const before = (page) => page.route('**/config.json', (route) => route.fulfill({ status: 503, body: '' }));
  await onPage({ before, expected }, async (page) => {
    const notice = page.locator('[data-failure="config"]');
    assert.match(await notice.textContent(), /config\.json/);
    await notice.getByRole('button', { name: 'Dismiss' }).click();
    await notice.waitFor({ state: 'detached' });
  });
});

test('a missing catalog is reported, and a retry loads it', async () => {
  let isFailing = true;
  const before = (page) =>
    page.route('**/v1/catalog.json', (route) =>
      isFailing ? route.fulfill({ status: 503, body: '' }) : route.continue(),
    );
  await onPage({ before, waits: false, expected }, async (page) => {
    const notice = page.locator('[data-failure="catalog"]');
    await notice.waitFor();
    assert.match(await notice.textContent(), /catalog\.json: 503/);
    isFailing = false;
    await notice.getByRole('button', { name: 'Try again' }).click();
    await settle(page);
    assert.equal(await notice.count(), 0);
  });
});

test('without a catalog the map is at the camera of the URL, else of the configuration', async () => {
  const camera = { lng: 46.3, lat: 38.1, zoom: 7 };
  const before = async (page) => {
    await page.route('**/v1/catalog.json', (route) => route.fulfill({ status: 503, body: '' }));
    await page.route('**/config.json', (route) => route.fulfill({ json: { camera } }));
  };
  for (const [hash, wanted] of [
    ['#lang=en', camera],
    ['#lang=en&at=11.50/29.61000/52.53000', { lng: 52.53, lat: 29.61, zoom: 11.5 }],
  ]) {
    await onPage({ before, hash, waits: false, expected }, async (page) => {
      await page.locator('[data-failure="catalog"]').waitFor();
      const camera = () =>
        page.evaluate(() => ({ ...window.foodmap.map.getCenter(), zoom: window.foodmap.map.getZoom() }));
      const isAtPosition = (at) => Object.entries(wanted).every(([name, value]) => Math.abs(at[name] - value) < 1e-3);
      await page.waitForFunction(() => window.foodmap?.map);
      assert.ok(isAtPosition(await camera()), `${hash}: ${JSON.stringify(await camera())}`);
    });
  }
});

test('a server without published layers is reported', async () => {
  const before = (page) =>
    page.route('**/v1/catalog.json', (route) =>
      route.fulfill({ json: { number: 1, built_at: '2026-11-23T05:30:00Z', cities: [], layers: [] } }),
    );
  await onPage({ before, waits: false }, async (page) => {
    await page.locator('[data-failure="empty"]').waitFor();
  });
});

test('an invalid response is rejected with the name of the field', async () => {
  const before = (page) =>
    page.route('**/v1/catalog.json', (route) =>
      route.fulfill({ json: { number: 1, built_at: '', cities: [{}], layers: [] } }),
    );
  await onPage({ before, waits: false }, async (page) => {
    const notice = page.locator('[data-failure="catalog"]');
    await notice.waitFor();
    assert.match(await notice.textContent(), /cities\.0\.id/);
  });
});

test('a browser without WebGL 2 gets a message', async () => {
  const before = (page) =>
    page.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
  await onPage({ before, waits: false, expected: [/WebGL|GPU|context/i] }, async (page) => {
    assert.match(await page.locator('[role="alert"]').innerText(), /WebGL 2/);
  });
});
