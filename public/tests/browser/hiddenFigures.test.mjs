// What the page does not show: lines that a public cell withholds, and users where the configuration hides them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveTo, onPage, PUBLIC_URL, settle } from './page.mjs';
import { catalog, city, fullestTile, json, placeInTile } from './tiles.mjs';

const layer = catalog.layers.find((entry) => entry.layer === 'density-public');
const publicTiles = await json(layer.tilejson);

/** A shown cell that withholds a line which other cells show, computed independently. */
async function cellWithoutLine() {
  const tile = await fullestTile(city, 12, publicTiles);
  for (const [key, cell] of tile.cells) {
    const shown = publicTiles.lines.reduce((sum, _, line) => sum + (cell[`l${line}`] ?? 0), 0);
    const line = publicTiles.lines.findIndex((name, at) => name && !cell[`l${at}`]);
    if (shown === cell.orders || line < 0) continue;
    const [column, row] = key.split(',').map(Number);
    return { place: placeInTile(tile, column + 0.5, row + 0.5), line, withheld: cell.orders - shown };
  }
  throw new Error('no cell of this map withholds a line');
}

test('a shown cell that withholds the chosen line is grey, and its popup says so', async () => {
  const { place, line, withheld } = await cellWithoutLine();
  const name = encodeURIComponent(publicTiles.lines[line]);
  await onPage({ url: PUBLIC_URL, hash: `#lang=en&line=${name}` }, async (page) => {
    await moveTo(page, { ...place, zoom: 12.4 });
    const drawn = await page.evaluate(({ lng, lat }) => {
      const { map } = window.foodmap;
      const at = map.project([lng, lat]);
      const count = (id) => map.queryRenderedFeatures(at, { layers: [id] }).length;
      return { untold: count('density-untold'), counted: count('density-cells'), x: at.x, y: at.y };
    }, place);
    assert.deepEqual([drawn.untold, drawn.counted], [1, 0]);
    const key = page.locator('.legend [data-key="untold"]').first();
    assert.match(await key.innerText(), /^Withheld/, 'the legend explains the colour');
    await page.mouse.click(drawn.x, drawn.y);
    assert.equal(await page.locator('.cell .big').innerText(), 'Withheld');
    assert.equal(Number(await page.locator('.cell [data-withheld]').getAttribute('data-withheld')), withheld);
  });
});

test('where the configuration hides users, no control, popup or link shows them', async () => {
  const before = (page) => page.route('**/config.json', (route) => route.fulfill({ json: { hide_users: true } }));
  await onPage({ before, hash: '#lang=en&kind=users&vs=users' }, async (page) => {
    assert.equal(await page.locator('[data-choice="kind"] input[value="users"]').count(), 0);
    assert.equal(await page.locator('[data-choice="kind"] input:checked').getAttribute('value'), 'orders');
    const tile = await fullestTile(city, 10);
    const [[key]] = tile.cells;
    const [column, row] = key.split(',').map(Number);
    const place = placeInTile(tile, column + 0.5, row + 0.5);
    await moveTo(page, { ...place, zoom: 10.4 });
    const at = await page.evaluate(({ lng, lat }) => window.foodmap.map.project([lng, lat]), place);
    await page.mouse.click(at.x, at.y);
    await settle(page);
    await page.locator('.cell [data-total="orders"]').waitFor();
    assert.equal(await page.locator('.cell [data-total="users"]').count(), 0);
    assert.doesNotMatch(await page.locator('body').innerText(), /\b[Dd]istinct users\b/);
  });
});
