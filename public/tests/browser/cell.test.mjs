import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveTo, onPage, PHONE, shoot } from './page.mjs';
import { nightlyUnless } from './tier.mjs';
import { city, expected, fullestTile, placeInTile, tileJson } from './tiles.mjs';

const zoom = Math.min(12, tileJson.maxzoom);
const tile = await fullestTile(city, zoom);
const [busiestKey, busiest] = [...tile.cells].toSorted((a, b) => b[1].orders - a[1].orders)[0];
const [column, row] = busiestKey.split(',').map(Number);
const place = placeInTile(tile, column + 0.5, row + 0.5);

async function clickCell(page) {
  const at = await page.evaluate(({ lng, lat }) => window.foodmap.map.project([lng, lat]), place);
  await page.mouse.click(at.x, at.y);
  await page.waitForSelector('.cell');
}

async function assertNumbers(page) {
  const totals = await page
    .locator('.cell [data-total]')
    .evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.dataset.total, Number(row.dataset.value)])));
  const { orders = 0, organic = 0, unknown = 0, users = 0 } = busiest;
  assert.deepEqual(totals, { orders, organic, nonorganic: orders - organic - unknown, unknown, users });
  const lines = await page
    .locator('.cell [data-line]')
    .evaluateAll((rows) => rows.map((row) => [row.dataset.line, Number(row.dataset.orders)]));
  const wanted = tileJson.lines.map((line, i) => [line, busiest[`l${i}`] ?? 0]).filter(([, n]) => n > 0);
  assert.deepEqual(new Map(lines), new Map(wanted));
}

for (const view of ['cells', 'heat']) {
  // The popup on a phone has the counts of the cells view too.
  test(`a click in the ${view} view shows every count of the cell`, nightlyUnless(view === 'heat'), async () => {
    await onPage({ hash: `#lang=en&view=${view}` }, async (page) => {
      await moveTo(page, { ...place, zoom: zoom + 0.4 });
      await clickCell(page);
      await assertNumbers(page);
      await shoot(page, `popup-${view}`);
      await page.keyboard.press('Escape');
      await page.waitForSelector('.cell', { state: 'detached' });
    });
  });
}

test('users of several lines are shown as bounds', async () => {
  const chosen = tileJson.lines.map((_, i) => i).slice(0, -1);
  if (chosen.length < 2) return;
  const hash = `#lang=en&kind=users&${chosen.map((i) => `line=${encodeURIComponent(tileJson.lines[i])}`).join('&')}`;
  await onPage({ hash }, async (page) => {
    await moveTo(page, { ...place, zoom: zoom + 0.4 });
    await clickCell(page);
    const big = page.locator('.cell .big');
    const shown = [await big.getAttribute('data-min'), await big.getAttribute('data-max')].map(Number);
    assert.deepEqual(shown, expected(busiest, 'users', chosen));
  });
});

test('the cell in the middle can be read by keyboard', async () => {
  await onPage({}, async (page) => {
    await moveTo(page, { ...place, zoom: zoom + 0.4 });
    await page.locator('canvas.maplibregl-canvas').focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.cell');
    await assertNumbers(page);
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'cell');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.cell', { state: 'detached' });
    assert.match(await page.evaluate(() => document.activeElement?.className), /maplibregl-canvas/);
  });
});

test('on a phone the popup is a sheet that fits', async () => {
  await onPage({ viewport: PHONE }, async (page) => {
    await moveTo(page, { ...place, zoom: zoom + 0.4 });
    await clickCell(page);
    await assertNumbers(page);
    await shoot(page, 'phone-cell');
    const box = await page.locator('.cell').boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= PHONE.width && box.y + box.height <= PHONE.height + 1);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.waitForSelector('.cell', { state: 'detached' });
  });
});
