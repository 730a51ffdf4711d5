import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip } from './overlay.mjs';
import { moveTo, onPage, settle, shoot } from './page.mjs';
import { city } from './tiles.mjs';

const skipped = { skip: skip('areas') };

test('without the areas overlay the base map has borders below and names above the data', skipped, async () => {
  await onPage({ hash: '#lang=fa&density=off' }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11 });
    await page.waitForFunction(() => window.foodmap.map.getLayer('land'));
    await settle(page);
    const named = await page.evaluate(() =>
      window.foodmap.map
        .queryRenderedFeatures()
        .filter(({ layer }) => layer.id.startsWith('place-'))
        .map(({ properties }) => properties.name),
    );
    assert.ok(named.length > 3, String(named));
    await shoot(page, 'basemap-fa');
  });
});

test('a configured base map replaces the built-in one, for each theme, with the data below its first label', async () => {
  const base = (colour) => ({
    version: 8,
    sources: { roads: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } } },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': colour } },
      { id: 'road-dots', type: 'circle', source: 'roads' },
      { id: 'road-names', type: 'symbol', source: 'roads' },
    ],
  });
  const before = async (page) => {
    await page.route('**/config.json', (route) =>
      route.fulfill({ json: { basemap_style: { day: '/day.json', night: '/night.json' } } }),
    );
    await page.route('**/day.json', (route) => route.fulfill({ json: base('#aabbcc') }));
    await page.route('**/night.json', (route) => route.fulfill({ json: base('#112233') }));
  };
  const ids = (page) => page.evaluate(() => window.foodmap.map.getStyle().layers.map(({ id }) => id));
  const sea = (page) => page.evaluate(() => window.foodmap.map.getPaintProperty('sea', 'background-color'));
  await onPage({ hash: '#lang=en&theme=day', before }, async (page) => {
    await page.waitForFunction(() => window.foodmap.map.getLayer('sea'));
    const order = (await ids(page)).filter((id) => /^(background|land|sea|road|density-cells)/.test(id));
    assert.deepEqual(order, ['sea', 'road-dots', 'density-cells', 'road-names']);
    assert.equal(await sea(page), '#aabbcc');
    await page.getByRole('button', { name: 'Switch to night colours' }).click();
    await page.waitForFunction(() => window.foodmap.map.getPaintProperty('sea', 'background-color') === '#112233');
  });
});
