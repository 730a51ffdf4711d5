// The tooltip and the highlight below the pointer, and the panel that does not move the map.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf, skip } from './overlay.mjs';
import { follow, moveTo, onPage, settle, shoot } from './page.mjs';
import { perTier } from './tier.mjs';
import { catalog, city, json, layer } from './tiles.mjs';

const options = { skip: skip('vendors'), timeout: 600_000 };

async function hover(page, place) {
  const at = await page.evaluate(([lng, lat]) => window.foodmap.map.project([lng, lat]), place);
  await page.mouse.move(at.x - 40, at.y - 40);
  await page.mouse.move(at.x, at.y);
  await page.locator('.tooltip').waitFor();
  return at;
}

/** A drawn cell in the middle of the view, with its orders. */
const drawnCell = (page) =>
  page.evaluate(() => {
    const { map } = window.foodmap;
    const { width, height } = map.getContainer().getBoundingClientRect();
    const box = [
      [width * 0.4, height * 0.3],
      [width * 0.7, height * 0.7],
    ];
    const [feature] = map.queryRenderedFeatures(box, { layers: ['density-cells'] });
    const ring = feature.geometry.coordinates[0];
    const mean = (i) => (Math.min(...ring.map((at) => at[i])) + Math.max(...ring.map((at) => at[i]))) / 2;
    return { place: [mean(0), mean(1)], orders: feature.properties.orders };
  });

test('the pointer shows the figure and a highlight of a cell, a vendor and an area', options, async () => {
  await onPage({ hash: '#lang=en&line=all' }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12 });
    const cell = await drawnCell(page);
    const at = await hover(page, cell.place);
    assert.equal(await page.locator('.tooltip strong').innerText(), cell.orders.toLocaleString('en'));
    const box = await page.locator('.hovered').boundingBox();
    assert.ok(box.x < at.x && box.x + box.width > at.x && box.y < at.y && box.y + box.height > at.y);
    await shoot(page, 'hover-cell-en');
    await page.keyboard.press('Tab');
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12.01 });
    assert.equal(await page.locator('.tooltip').count(), 0, 'a moving map has no tooltip');

    const vendor = (await featuresOf('vendors', 'vendors', 12)).find(({ name }) => name);
    await follow(page, '#lang=fa&theme=night&density=off&over=vendors&circles=off');
    await moveTo(page, { lng: vendor.place[0], lat: vendor.place[1], zoom: 16 });
    await hover(page, vendor.place);
    assert.ok((await page.locator('.tooltip strong').innerText()).length > 1);
    assert.equal(await page.locator('.hovered').getAttribute('data-round'), 'true');
    assert.equal(await page.evaluate(() => window.foodmap.map.getCanvas().style.cursor), 'pointer');
    await shoot(page, 'hover-vendor-fa');

    await follow(page, '#lang=en&density=off&over=areas&areas=region&fill=population');
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11 });
    await hover(page, city.center);
    const figure = await page.locator('.tooltip strong').innerText();
    const { areas } = await statsOfAreas();
    const named = areas
      .filter(({ kind }) => kind === 'region')
      .map((area) => `${area.name}: ${Math.round(area.population ?? 0).toLocaleString('en')}`);
    assert.ok(named.includes(figure), figure);
    assert.ok(await page.evaluate(() => Boolean(window.foodmap.map.getLayer('hovered-area'))));
  });
});

const statsOfAreas = () => json(catalog.tables.find(({ name }) => name === 'area-stats/vendors').url);

test('the keyboard shows the figure in the middle of the map', options, async () => {
  await onPage({ hash: '#lang=en&line=all' }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12 });
    const cell = await drawnCell(page);
    await page.locator('canvas.maplibregl-canvas').focus();
    await page.keyboard.press('Shift');
    await moveTo(page, { lng: cell.place[0], lat: cell.place[1], zoom: 12.2 });
    await page.locator('.tooltip').waitFor();
    assert.equal(await page.locator('.tooltip strong').innerText(), cell.orders.toLocaleString('en'));
  });
});

test('a click opens a panel that does not move the map and leaves the place visible', async () => {
  for (const lang of perTier(['fa'], ['en', 'fa'])) {
    await onPage({ hash: `#lang=${lang}&line=all` }, async (page) => {
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12 });
      const before = await page.evaluate(() => window.foodmap.map.getCenter().toArray());
      const { place } = await drawnCell(page);
      const at = await page.evaluate(([lng, lat]) => window.foodmap.map.project([lng, lat]), place);
      await page.mouse.click(at.x, at.y);
      const panel = page.locator('.side-panel');
      await panel.waitFor();
      await settle(page);
      assert.deepEqual(await page.evaluate(() => window.foodmap.map.getCenter().toArray()), before);
      const { x, y, width, height } = await panel.boundingBox();
      assert.ok(!(at.x > x && at.x < x + width && at.y > y && at.y < y + height), 'the place is visible');
      assert.match(await panel.locator('.context').innerText(), lang === 'en' ? /All lines · / : /همهٔ رسته‌ها · /);
      assert.ok(layer.to);
      await shoot(page, `side-panel-${lang}`);
      await page.keyboard.press('Escape');
      await panel.waitFor({ state: 'detached' });
    });
  }
});
