import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRadio, moveTo, onPage, PHONE, PUBLIC_URL, settle, shoot } from './page.mjs';
import { nightlyOnly, perTier } from './tier.mjs';
import { catalog, cellsOf, city, fullestTile, json, placeInTile } from './tiles.mjs';

const layer = catalog.layers.find((entry) => entry.layer === 'density-public');
const publicTiles = await json(layer.tilejson);

/** A cell without shown children, deepest first: the simplest remainder, computed independently. */
async function cellWithoutChildren() {
  for (let z = 12; z >= publicTiles.minzoom; z -= 1) {
    const tile = await fullestTile(city, z, publicTiles);
    for (const [key, cell] of tile.cells) {
      const [column, row] = key.split(',').map(Number);
      const child = { z: z + 1, x: 2 * tile.x + (column >> 5), y: 2 * tile.y + (row >> 5) };
      const children = await cellsOf(child, publicTiles);
      const at = (dx, dy) => `${(2 * column + dx) % 64},${(2 * row + dy) % 64}`;
      if ([at(0, 0), at(1, 0), at(0, 1), at(1, 1)].every((quarter) => !children.has(quarter)))
        return { z, cell, place: placeInTile(tile, column + 0.5, row + 0.4) };
    }
  }
  throw new Error('this map withholds no whole family of cells, so the floor cannot be tested on it');
}

const found = await cellWithoutChildren();

test('withheld orders are drawn in the cell around them at every deeper zoom, and explained', async () => {
  const { z, cell, place } = found;
  await onPage({ url: PUBLIC_URL }, async (page) => {
    for (const zoom of perTier([16], [z + 1.2, z + 2.2, 16])) {
      await moveTo(page, { ...place, zoom });
      const drawn = await page.evaluate(({ lng, lat }) => {
        const { map } = window.foodmap;
        const [feature] = map.queryRenderedFeatures(map.project([lng, lat]), { layers: ['density-withheld'] });
        return feature?.properties;
      }, place);
      assert.deepEqual([drawn?.zoom, drawn?.orders, drawn?.of], [z, cell.orders, cell.orders], `zoom ${zoom}`);
      assert.ok(!('users' in drawn) && !('organic' in drawn));
    }
    await moveTo(page, { ...place, zoom: z + 2.3 });
    const at = await page.evaluate(({ lng, lat }) => window.foodmap.map.project([lng, lat]), place);
    await page.mouse.click(at.x, at.y);
    const why = page.locator('.cell .why');
    assert.deepEqual([await why.getAttribute('data-rest'), await why.getAttribute('data-of')].map(Number), [
      cell.orders,
      cell.orders,
    ]);
    await shoot(page, 'withheld');
    await page.keyboard.press('Escape');
    await chooseRadio(page, 'kind', 'users');
    const layers = await page.evaluate(() => window.foodmap.map.getStyle().layers.map(({ id }) => id));
    assert.ok(!layers.includes('density-withheld'), 'users do not add up');
  });
});

for (const lang of ['fa', 'en']) {
  // In the tier change, the test above reads the count.
  test(`a withheld count is readable on a phone at night in ${lang}`, nightlyOnly(), async () => {
    await onPage({ hash: `#lang=${lang}&theme=night`, viewport: PHONE, url: PUBLIC_URL }, async (page) => {
      await moveTo(page, { ...found.place, zoom: found.z + 2.3 });
      await page.locator('canvas.maplibregl-canvas').focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('.cell .why');
      await settle(page);
      await shoot(page, `phone-withheld-${lang}`);
    });
  });
}
