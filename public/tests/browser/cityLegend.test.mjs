// The legend and the figures of each city are those of its own cells, counted here from the tiles.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow, onPage, shoot } from './page.mjs';
import { perTier } from './tier.mjs';
import { catalog, cellsOf, tileAt, tileJson } from './tiles.mjs';

/** The lower limits in the legend, highest first. */
const legendLimits = (page) =>
  page.locator('.corner .classes li').evaluateAll((rows) => rows.map((row) => Number(row.dataset.from)));

const ZOOM = 10;
const skip = tileJson.city_quantiles ? false : 'the archive has no figures of cities';

/** The cells whose centres lie in a city. */
async function cellsIn({ bounds: [west, south, east, north] }) {
  const [[left, top], [right, bottom]] = [tileAt(west, north, ZOOM), tileAt(east, south, ZOOM)];
  const found = [];
  for (let x = left; x <= right; x += 1) {
    for (let y = top; y <= bottom; y += 1) {
      for (const [key, cell] of await cellsOf({ z: ZOOM, x, y })) {
        const [column, row] = key.split(',').map((n) => (Number(n) + 0.5) / 64);
        const lng = ((x + column) / 2 ** ZOOM) * 360 - 180;
        const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + row)) / 2 ** ZOOM))) * 180) / Math.PI;
        if (lng >= west && lng <= east && lat >= south && lat <= north) found.push(cell);
      }
    }
  }
  return found;
}

/** The lower limits of the classes of some cells, highest first. */
function limitsOf(cells) {
  const orders = cells.map((cell) => cell.orders).sort((a, b) => a - b);
  const at = (p) => orders[Math.max(Math.ceil(p * orders.length) - 1, 0)];
  return [...new Set([1, ...[0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map(at)])].sort((a, b) => b - a);
}

test('each city has its own legend, busiest cell and figures', { skip, timeout: 600_000 }, async () => {
  const cities = [];
  for (const city of catalog.cities) {
    const cells = await cellsIn(city);
    if (cells.length > 20) cities.push({ city, cells });
  }
  assert.ok(cities.length >= 2, 'the map has orders in two cities');
  await onPage({ hash: '#lang=en&line=all' }, async (page) => {
    for (const { city, cells } of cities.slice(0, perTier(2, 3))) {
      const [lng, lat] = city.center;
      await follow(page, `#lang=en&line=all&city=${city.key}&at=${ZOOM + 0.2}/${lat}/${lng}`);
      await page.waitForSelector(`.corner .legend[data-zoom="${ZOOM}"]`);
      assert.deepEqual(await legendLimits(page), limitsOf(cells), city.key);
      const busiest = Math.max(...cells.map((cell) => cell.orders)).toLocaleString('en');
      const notes = await page.locator('.corner .legend .notes').first().innerText();
      assert.match(notes, new RegExp(`\\b${busiest}\\b`), city.key);
      assert.ok(notes.includes(`the cells of ${city.name_en}`), notes);
      const orders = cells.reduce((sum, cell) => sum + cell.orders, 0);
      await page.waitForSelector(`[data-figure=orders][data-value="${orders}"]`);
      await shoot(page, `legend-${city.key}`);
    }
  });
});
