import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawnIn } from './drawnCells.mjs';
import { published } from './overlay.mjs';
import { chooseRadio, moveTo, onPage, PUBLIC_URL, settle, shoot } from './page.mjs';
import { perTier } from './tier.mjs';
import { city, expected, expectedLimits, fullestTile, json, placeInTile, tileJson } from './tiles.mjs';

const drawn = (page, layer) =>
  page.evaluate((id) => {
    const { map } = window.foodmap;
    return map.getLayer(id) ? map.queryRenderedFeatures({ layers: [id] }).length : 0;
  }, layer);

const OVERLAYS = { population: 'population', coverage: 'coverage', vendors: 'vendors', areas: 'areas-fill' };

test('each quick button shows its map alone, and the back button restores the previous one', async () => {
  await onPage({ hash: '#lang=en&circles=off' }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12.1 });
    // In the tier change, overlays.test.mjs and coverage.test.mjs draw the other two.
    const maps = perTier(['vendors', 'areas'], Object.keys(OVERLAYS));
    for (const map of maps.filter((name) => published(name))) {
      const layer = OVERLAYS[map];
      await chooseRadio(page, 'kind', map);
      await page.waitForFunction(
        (id) =>
          window.foodmap.map.getLayer(id) && window.foodmap.map.queryRenderedFeatures({ layers: [id] }).length > 0,
        layer,
      );
      assert.equal(await drawn(page, 'density-cells'), 0, map);
      assert.match(page.url(), new RegExp(`density=off.*over=${map}`));
      await shoot(page, `quick-${map}`);
      if (map === 'areas') continue;
      await page.goBack();
      await page.goForward();
      assert.equal(await page.locator('[data-choice=kind] input:checked').getAttribute('value'), map);
    }
    await chooseRadio(page, 'kind', 'users');
    assert.ok((await drawn(page, 'density-cells')) > 0);
  });
});

test('one button clears the map: no density, no overlay, no legend', async () => {
  await onPage({ hash: '#lang=en&over=vendors&circles=off&over=areas' }, async (page) => {
    await chooseRadio(page, 'kind', 'none');
    for (const layer of ['density-cells', 'vendors', 'areas-fill']) assert.equal(await drawn(page, layer), 0, layer);
    assert.equal(await page.locator('.corner .legend').count(), 0);
    assert.equal(await page.locator('[data-choice=view], [data-choice=lines]').count(), 0);
    await page.reload();
    await settle(page);
    assert.equal(await drawn(page, 'density-cells'), 0);
  });
});

test('the initial page shows restaurants in Tehran in the last 30 days, and active, visible vendors', async () => {
  const line = tileJson.lines.indexOf('Restaurant');
  const tile = await fullestTile(city, 12);
  await onPage(
    { hash: '#lang=en&circles=off', asDefault: true, viewport: { width: 1300, height: 900 } },
    async (page) => {
      await moveTo(page, { ...placeInTile(tile, 32, 32), zoom: 12.1 });
      assert.deepEqual(
        await page.locator('[data-choice=lines] input:checked').evaluateAll((boxes) => boxes.map(({ value }) => value)),
        ['Restaurant'],
      );
      const wanted = [...tile.cells].filter(([, cell]) => expected(cell, 'orders', [line])[0] > 0).map(([key]) => key);
      assert.deepEqual([...(await drawnIn(page, tile)).keys()].sort(), wanted.sort());
      const limits = await page
        .locator('.corner .classes li')
        .evaluateAll((rows) => rows.map((row) => Number(row.dataset.from)));
      assert.deepEqual(limits.reverse(), expectedLimits(12, 'orders', [line]));
      assert.doesNotMatch(page.url(), /line=|vendor-|window=/);
      if (!published('vendors')) return;
      await chooseRadio(page, 'kind', 'vendors');
      const status = page.locator('[data-group=vendors] [role=status][aria-busy=false]');
      const { tables } = await json('/v1/catalog.json');
      const { count, columns } = await json(tables.find(({ name }) => name === `vendors/${city.key}`).url);
      const defaults = Array.from({ length: count }, (_, i) => columns.status[i] === 5 && columns.visible[i] === 1);
      assert.equal(Number(await status.getAttribute('data-shown')), defaults.filter(Boolean).length);
    },
  );
});

test('a server of public layers offers only published maps', async () => {
  await onPage({ url: PUBLIC_URL }, async (page) => {
    const { layers } = await (await fetch(new URL('/v1/catalog.json', PUBLIC_URL))).json();
    const names = await page
      .locator('[data-choice=kind] input')
      .evaluateAll((inputs) => inputs.map(({ value }) => value));
    for (const map of Object.keys(OVERLAYS))
      assert.equal(
        names.includes(map),
        layers.some(({ layer }) => layer === map),
        map,
      );
  });
});
