// Growth: two periods as one map, their figures by area, and the users that areas lost, against counts from the archives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import readWorkbook from 'read-excel-file/node';
import { pageModule } from '../modules.mjs';
import { assertAccessible, bytesOf, follow, onPage, PHONE, settle, shoot, TIMELINE_URL } from './page.mjs';
import { perTier } from './tier.mjs';

const skip = TIMELINE_URL ? false : 'no map with a timeline was given';
const get = async (path) => (await fetch(new URL(path, TIMELINE_URL))).json();
const catalog = skip ? null : await get('/v1/catalog.json');
const lastDay = skip ? null : catalog.layers.findLast(({ layer }) => layer === 'timeline-orders').to;
const city = skip ? null : catalog.cities.find(({ key }) => key === 'tehran');
const AT = skip ? '' : `at=11/${city.center[1]}/${city.center[0]}`;

const open = (options, act) => onPage({ url: TIMELINE_URL, ...options }, act);
const addDays = (day, days) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
const days = (first, last) => ({ from: addDays(lastDay, first), to: addDays(lastDay, last), hours: null });
const [WEEK, WEEK_BEFORE] = skip ? [] : [days(-6, 0), days(-13, -7)];

/** The code of the page under node, which reads whole days only: a range of one day has no totals. */
async function openEngine() {
  const { TimelineEngine } = await pageModule('tiles/timeline/nodeExports.ts');
  const { timelineOf } = await pageModule('data/timeline.ts');
  const { lines } = await get(catalog.layers.find(({ layer }) => layer === 'density').tilejson);
  const loader = {
    places: get,
    archive: async (tilejson) => ({ lines: [], ...(await get(tilejson)) }),
    async tile(url) {
      const response = await fetch(new URL(url, TIMELINE_URL));
      return response.status === 204 ? null : new Uint8Array(await response.arrayBuffer());
    },
  };
  return new TimelineEngine(loader, timelineOf(catalog).months, lines);
}

/** The sum of the days of a range, each asked for on its own. */
async function sumByDay(range, countDay) {
  const sums = new Map();
  for (let day = range.from; day <= range.to; day = addDays(day, 1)) {
    for (const [key, count] of await countDay({ from: day, to: day, hours: null })) {
      sums.set(key, (sums.get(key) ?? 0) + count);
    }
  }
  return sums;
}

/** The drawn cells with their counts in both periods and their colour class. */
const drawnCells = (page) =>
  page.evaluate(() => {
    const { map } = window.foodmap;
    const cells = map.queryRenderedFeatures({ layers: ['density-cells'] }).map(({ geometry, properties }) => {
      const [ring] = geometry.coordinates;
      const middle = [0, 1].map((axis) => {
        const own = ring.map((corner) => corner[axis]);
        return (Math.min(...own) + Math.max(...own)) / 2;
      });
      return { middle, now: properties.now ?? 0, was: properties.was ?? 0 };
    });
    return [...new Map(cells.map((cell) => [cell.middle.map((at) => at.toFixed(5)).join(), cell])).values()];
  });

test('cells have the orders of both weeks, added up day by day', { skip }, async () => {
  await open({ hash: `#lang=en&window=7d&growth=before&growth-min=1&${AT}` }, async (page) => {
    await page.waitForSelector('.corner [data-legend="growth"]');
    await settle(page);
    const cells = await drawnCells(page);
    assert.ok(cells.length > 50, `${cells.length} cells`);
    const engine = await openEngine();
    const { tileAt, squareAt } = await pageModule('tiles/cells.ts');
    const tiles = new Map(cells.map(({ middle }) => [JSON.stringify(tileAt(...middle, 11)), tileAt(...middle, 11)]));
    const countDay = async (day) => {
      const counts = [];
      for (const tile of tiles.values()) {
        const found = await engine.count(day, tile, false);
        for (let cell = 0; cell < 4096; cell += 1) {
          const [column, row] = [tile.x * 64 + (cell % 64), tile.y * 64 + Math.floor(cell / 64)];
          if (found.has(cell)) counts.push([`${column} ${row}`, found.ofAll('orders', cell)]);
        }
      }
      return counts;
    };
    const [now, was] = [await sumByDay(WEEK, countDay), await sumByDay(WEEK_BEFORE, countDay)];
    for (const cell of cells) {
      const { column, row } = squareAt(...cell.middle, 17);
      const key = `${column} ${row}`;
      assert.deepEqual([cell.now, cell.was], [now.get(key) ?? 0, was.get(key) ?? 0], key);
    }
  });
});

test('the legend of differences belongs to the city, and stays while the map moves', { skip }, async () => {
  await open({ hash: `#lang=en&window=7d&growth=before&growth-min=5&${AT}` }, async (page) => {
    const limits = () =>
      page
        .locator('.corner [data-legend="growth"] li[data-from]')
        .evaluateAll((rows) => rows.map(({ dataset }) => Number(dataset.from)));
    await page.waitForSelector('.corner [data-legend="growth"]');
    const first = await limits();
    assert.equal(first.length, 6);
    assert.deepEqual(
      first,
      first.toSorted((a, b) => b - a),
    );
    assert.deepEqual(
      first.slice(3),
      first
        .slice(0, 3)
        .map((limit) => -limit)
        .toReversed(),
    );
    await page.evaluate(() => window.foodmap.map.panBy([180, 90], { animate: false }));
    await settle(page);
    assert.deepEqual(await limits(), first);
    await page.locator('[data-scale="percent"]').click();
    await page.waitForFunction(() => location.hash.includes('growth-scale=percent'));
    await page.waitForFunction(() => document.querySelector('.corner [data-legend="growth"] li[data-from="0.5"]'));
    assert.deepEqual(await limits(), [0.5, 0.25, 0.1, -0.1, -0.25, -0.5]);
  });
});

test('tooltip and panel have both figures, and the panel the users of the cell', { skip }, async () => {
  await open({ hash: `#lang=en&window=7d&growth=before&growth-min=1&${AT}` }, async (page) => {
    await page.waitForSelector('.corner [data-legend="growth"]');
    await settle(page);
    const busiest = (await drawnCells(page)).toSorted((a, b) => Math.min(b.now, b.was) - Math.min(a.now, a.was));
    const places = await page.evaluate(
      (cells) => cells.map(({ middle }) => window.foodmap.map.project(middle)),
      busiest.slice(0, 40),
    );
    const index = places.findIndex(({ x, y }) => x > 380 && x < 850 && y > 120 && y < 480);
    const [cell, { x, y }] = [busiest[index], places[index]];
    await page.mouse.move(x, y);
    await page.waitForFunction(
      ([was, now]) => document.querySelector('.tooltip')?.textContent.includes(`${was} → ${now}`),
      [cell.was, cell.now],
    );
    await page.mouse.click(x, y);
    const fact = async (name) => Number(await page.locator(`[data-fact="${name}"]`).getAttribute('data-value'));
    await page.waitForSelector('.cell-change');
    assert.deepEqual([await fact('now'), await fact('was')], [cell.now, cell.was]);
    assert.ok(Math.abs((await fact('per-day')) - (cell.now - cell.was) / 7) < 1e-9);
    assert.ok(Math.abs((await fact('share')) - (cell.now - cell.was) / cell.was) < 1e-9);
    await page.waitForSelector('.cell-retention');
    await shoot(page, 'growth-cell');
    const users = Number(await page.locator('[data-total="users"]').getAttribute('data-value'));
    assert.equal((await fact('retained')) + (await fact('gained')), users, 'users of the week');
    const { squareAt } = await pageModule('tiles/cells.ts');
    const engine = await openEngine();
    const tile = squareAt(...cell.middle, 11);
    const own = squareAt(...cell.middle, 17);
    const counted = await engine.count(WEEK_BEFORE, { z: 11, x: tile.column, y: tile.row }, true);
    const before = counted.ofAll('users', (own.row % 64) * 64 + (own.column % 64));
    assert.equal((await fact('retained')) + (await fact('lost')), before, 'users of the week before');
    assert.ok((await fact('fresh')) <= (await fact('gained')));
  });
});

/** What every area has in both weeks, day by day, and its users from the other code path of the page. */
async function countAreas() {
  const engine = await openEngine();
  const ofDay = async (day) => [...(await engine.places('tehran', day))].map(([area, { orders }]) => [area, orders]);
  return {
    now: await sumByDay(WEEK, ofDay),
    was: await sumByDay(WEEK_BEFORE, ofDay),
    retention: await engine.retention('tehran', WEEK_BEFORE, WEEK, null),
    users: [await engine.places('tehran', WEEK_BEFORE), await engine.places('tehran', WEEK)],
  };
}

const rowsOf = (page) =>
  page.locator('.growth-area-rows tbody tr').evaluateAll((rows) =>
    rows.map((row) => ({
      area: Number(row.dataset.area),
      ...Object.fromEntries(
        [...row.querySelectorAll('td')].map(({ dataset }) => [
          dataset.column,
          dataset.value === undefined ? null : Number(dataset.value),
        ]),
      ),
    })),
  );

test('the growth of the last 7 days by area takes at most 3 clicks', { skip }, async () => {
  await open(
    { hash: '', asDefault: true, before: (page) => page.addInitScript(() => localStorage.clear()) },
    async (page) => {
      let clicks = 0;
      const click = async (selector) => {
        clicks += 1;
        await page.locator(selector).click();
      };
      await page.waitForSelector('.timebar');
      await click('[data-preset="7d"]');
      await click('[data-action="growth"]');
      await click('[data-action="growth-areas"]');
      await page.waitForSelector('.growth-area-rows tbody tr');
      const rows = await rowsOf(page);
      const differences = rows.map((row) => row['per-day']);
      assert.ok(rows.length > 10, `${rows.length} areas`);
      assert.deepEqual(
        differences,
        differences.toSorted((a, b) => b - a),
      );
      assert.ok(clicks <= 3, `${clicks} clicks`);
      await shoot(page, 'growth-areas');
    },
  );
});

test('the areas that lost most users take at most 3 clicks, and every figure is counted again', { skip }, async () => {
  await open({ hash: '#lang=en&window=7d' }, async (page) => {
    const counted = await countAreas();
    await page.waitForSelector('.timebar');
    const clicked = ['[data-action="growth"]', '[data-action="growth-areas"]', '[data-sort="lost"]'];
    for (const selector of clicked) await page.locator(selector).click();
    assert.ok(clicked.length <= 3, `${clicked.length} clicks`);
    const rows = await rowsOf(page);
    const lost = rows.map((row) => row.lost);
    assert.deepEqual(
      lost,
      lost.toSorted((a, b) => b - a),
    );
    for (const { area, now, was, lost: gone, retained, gained, fresh, 'per-day': perDay } of rows) {
      assert.deepEqual([now, was], [counted.now.get(area) ?? 0, counted.was.get(area) ?? 0], `area ${area}`);
      assert.ok(Math.abs(perDay - (now - was) / 7) < 1e-9);
      const known = counted.retention.get(area) ?? { lost: 0, retained: 0, gained: 0, fresh: 0 };
      assert.deepEqual({ lost: gone, retained, gained, fresh }, known, `area ${area}`);
      const [before, after] = counted.users.map((places) => places.get(area)?.users ?? 0);
      assert.deepEqual([retained + gone, retained + gained], [before, after], `users of area ${area}`);
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-action="growth-xlsx"]').click(),
    ]);
    const [sheet] = await readWorkbook(await bytesOf(download));
    assert.equal(sheet.data.length, rows.length + 1);
    assert.deepEqual(
      sheet.data.slice(1).map((row) => [row[1], row[2], row[5]]),
      rows.map((row) => [row.was, row.now, row.lost]),
    );
    const [text] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-action="growth-csv"]').click(),
    ]);
    assert.equal((await bytesOf(text)).toString().trimEnd().split('\r\n').length, rows.length + 1);
    await assertAccessible(page, 'areas by change');
  });
});

test('a typed period is compared a day, and has no retained users', { skip }, async () => {
  const typed = `${addDays(lastDay, -20)}_${addDays(lastDay, -18)}`;
  await open({ hash: `#lang=en&window=7d&growth=${typed}&growth-areas=on` }, async (page) => {
    await page.waitForSelector('.growth-area-rows tbody tr');
    const [row] = await rowsOf(page);
    assert.ok(Math.abs(row['per-day'] - (row.now / 7 - row.was / 3)) < 1e-9);
    assert.equal(row.lost, undefined);
    await follow(page, `#lang=en&window=7d&growth=${typed}&kind=users`);
    await page.waitForSelector('[data-refused="lengths"]');
    await page.waitForSelector('.corner [data-legend="growth"]', { state: 'detached' });
  });
});

test('growth is shown in both languages and themes, and on a phone', { skip }, async () => {
  const states = [
    ['fa', 'night', 'percent', PHONE],
    ['fa', 'day', 'difference', { width: 1440, height: 900 }],
    ['en', 'night', 'percent', { width: 1440, height: 900 }],
    ['en', 'day', 'difference', PHONE],
  ];
  for (const [lang, theme, scale, viewport] of perTier(states.slice(0, 2), states)) {
    const areas = viewport === PHONE ? '' : '&growth-areas=on';
    const hash = `#lang=${lang}&theme=${theme}&window=7d&growth=before&growth-min=5&growth-scale=${scale}${areas}`;
    await open({ hash, viewport }, async (page) => {
      await page.waitForSelector(viewport === PHONE ? '.strip' : '.growth-area-rows tbody tr');
      await shoot(page, `growth-${lang}-${theme}-${viewport.width}`);
      await assertAccessible(page, `growth in ${lang} and ${theme}`);
      if (viewport !== PHONE) return;
      await page.locator('.grip').click();
      await page.locator('.choices .growth-bar').scrollIntoViewIfNeeded();
      await shoot(page, `growth-${lang}-${theme}-${viewport.width}-open`);
    });
  }
});
