// Legends: how much of the view is in each class, and the map limited to a class by a click.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { published, skip } from './overlay.mjs';
import { follow, moveTo, onPage, settle, shoot } from './page.mjs';
import { isNightly, perTier } from './tier.mjs';
import { cellsOf, city, expected, expectedLimits, fullestTile, placeInTile } from './tiles.mjs';

/** The counts of a legend, lowest class first, once they are those of the view. */
async function countsOf(page, selector, wanted) {
  const read = () =>
    page
      .locator(`${selector} .classes li`)
      .evaluateAll((rows) => rows.map((one) => Number(one.dataset.count)).reverse());
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (String(await read()) === String(wanted)) break;
    await page.waitForTimeout(100);
  }
  return read();
}

test('the histogram counts the cells in view, and a click shows only those of a class', async () => {
  const z = 12;
  const tile = await fullestTile(city, z);
  const middle = placeInTile(tile, 32, 32);
  await onPage({ hash: '#lang=en' }, async (page) => {
    await moveTo(page, { ...middle, zoom: z + 0.8 });
    const box = await page.evaluate(() => {
      const { _sw, _ne } = window.foodmap.map.getBounds();
      return [_sw.lng, _sw.lat, _ne.lng, _ne.lat];
    });
    const limits = expectedLimits(z, 'orders', []);
    const cells = await cellsIn(box, tile);
    const wanted = limits.map(
      (from, i) => cells.filter(([n]) => n >= from && (limits[i + 1] === undefined || n < limits[i + 1])).length,
    );
    assert.deepEqual(await countsOf(page, '.corner .legend', wanted), wanted);
    const busiest = page.locator('.corner .legend .class-row').first();
    await busiest.click();
    await settle(page);
    assert.equal(await busiest.getAttribute('aria-pressed'), 'true');
    await shoot(page, 'legend-class');
    const drawn = await page.evaluate(() =>
      window.foodmap.map
        .queryRenderedFeatures({ layers: ['density-cells'] })
        .map(({ properties }) => properties.orders),
    );
    assert.ok(drawn.length > 0 && drawn.every((n) => n >= limits.at(-1)), `${Math.min(...drawn)} of ${limits.at(-1)}`);
    assert.match(page.url(), /class-density=/);
    // The histogram still has every class, and the chip removes the filter.
    assert.deepEqual(await countsOf(page, '.corner .legend', wanted), wanted);
    await page.locator('.filter-chip:has-text("Only on the map: density classes")').click();
    await settle(page);
    const all = await page.evaluate(
      () => window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] }).length,
    );
    assert.ok(all > drawn.length, `${all} cells, ${drawn.length} of the busiest class`);
  });
});

/** The orders and places of the cells whose middle is in a box, from the tile and its neighbours. */
async function cellsIn([west, south, east, north], { z, x, y }) {
  const found = [];
  for (const [dx, dy] of [-1, 0, 1].flatMap((a) => [-1, 0, 1].map((b) => [a, b]))) {
    const at = { z, x: x + dx, y: y + dy };
    for (const [key, cell] of await cellsOf(at)) {
      const [column, line] = key.split(',').map(Number);
      const { lng, lat } = placeInTile(at, column + 0.5, line + 0.5);
      const [n] = expected(cell, 'orders', []);
      if (n > 0 && lng > west && lng < east && lat > south && lat < north) found.push([n, lng, lat]);
    }
  }
  return found;
}

test('classes of coverage and of areas, and platforms, filter by a click too', { skip: skip('coverage') }, async () => {
  await onPage({ hash: '#lang=en&density=off&over=coverage&line=Restaurant&at=11/35.71/51.39' }, async (page) => {
    const worst = page.locator('.corner [data-key=coverage] .class-row').last();
    const drawn = () =>
      page.evaluate(() => window.foodmap.map.queryRenderedFeatures({ layers: ['coverage'] }).map((f) => f.properties));
    const before = await drawn();
    const line = Object.keys(before.find((one) => Object.keys(one).some((key) => /^r\d/.test(key)))).find((key) =>
      /^r\d/.test(key),
    );
    await worst.click();
    await settle(page);
    const after = await drawn();
    assert.ok(after.length < before.length);
    assert.ok(
      after.every((one) => one[line] === 0 && one[line.replace('r', 't')] !== 0),
      JSON.stringify(after[0]),
    );
    // In the tier change, styles/areaClasses.test.ts filters areas, and tasks.test.mjs clicks a platform.
    if (!isNightly || !published('areas')) return;
    await follow(page, '#lang=en&density=off&over=areas&fill=vendors&at=11/35.71/51.39');
    const classes = page.locator('.corner [data-key=areas] .class-row');
    await page.locator('.corner [data-key=areas] li[data-count]').first().waitFor();
    const fill = () =>
      page.evaluate(() => JSON.stringify(window.foodmap.map.getPaintProperty('areas-fill', 'fill-color')));
    // Areas outside the shown classes have no colour.
    const coloursOf = async () => new Set((await fill()).match(/"#[0-9a-f]{6}"/g)).size;
    const colours = await coloursOf();
    await classes.first().click();
    await settle(page);
    assert.equal(await coloursOf(), 1, `of ${colours}`);
    await follow(page, '#lang=en&density=off&over=vendors&at=12/35.71/51.39');
    await page
      .getByRole('button', { name: /^Snappfood/ })
      .first()
      .click();
    await settle(page);
    const platforms = await page.evaluate(() =>
      window.foodmap.map
        .queryRenderedFeatures({ layers: ['vendors'] })
        .map(({ properties }) => [properties.platform, properties.is_dual]),
    );
    assert.ok(platforms.length > 0 && platforms.every(([platform, dual]) => platform === 'snappfood' && dual !== 1));
  });
});

test('"whole city" shows the whole city next to the panel', async () => {
  const sizes = [
    [{ width: 1024, height: 768 }, 'fa'],
    [{ width: 390, height: 844 }, 'en'],
  ];
  for (const [viewport, lang] of perTier(sizes.slice(0, 1), sizes)) {
    await onPage({ hash: `#lang=${lang}`, viewport }, async (page) => {
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 15 });
      await page.getByRole('button', { name: lang === 'fa' ? 'نمای کل شهر' : 'Whole city' }).click();
      await page.waitForFunction(() => window.foodmap.map.getZoom() < 12 && !window.foodmap.map.isMoving());
      await settle(page);
      await shoot(page, `whole-${viewport.width}`);
      const [corners, panel] = await page.evaluate(([west, south, east, north]) => {
        const at = (lng, lat) => window.foodmap.map.project([lng, lat]);
        const { left, right, top } = document.querySelector('.panel').getBoundingClientRect();
        return [[at(west, north), at(east, south)], { left, right, top }];
      }, city.bounds);
      const [first, last] = corners;
      assert.ok(first.x >= 0 && first.y >= 0 && last.x <= viewport.width && last.y <= viewport.height);
      if (viewport.width > 720) assert.ok(last.x <= panel.left, `${last.x} and ${panel.left}`);
      else assert.ok(last.y <= panel.top, `${last.y} and ${panel.top}`);
    });
  }
});
