// Playing the range of days, and the figures of the cells in view.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageModule } from '../modules.mjs';
import { assertAccessible, moveTo, onPage, settle, shoot, TIMELINE_URL } from './page.mjs';
import { perTier } from './tier.mjs';

const skip = TIMELINE_URL ? false : 'no map with a timeline was given';
const get = async (path) => (await fetch(new URL(path, TIMELINE_URL))).json();
const catalog = skip ? null : await get('/v1/catalog.json');
const days = skip ? [] : catalog.layers.filter(({ layer }) => layer === 'timeline-orders');
const [firstDay, lastDay] = [days[0]?.from, days.at(-1)?.to];
const city = skip ? null : catalog.cities.find(({ key }) => key === 'tehran');
const addDays = (day, by) => new Date(Date.parse(day) + by * 86_400_000).toISOString().slice(0, 10);
const open = (options, act) => onPage({ url: TIMELINE_URL, ...options }, act);

const shownDays = (page) => page.locator('.day-bars').evaluate(({ dataset }) => [dataset.from, dataset.to]);
const pictures = (page) => page.evaluate(() => performance.getEntriesByName('range-frame').length);
const tiles = (page) => page.evaluate(() => String(window.foodmap.map.getSource('density-squares')?.tiles));
const scale = (page) => page.locator('.corner .legend .classes .limits').allInnerTexts();

test('the space bar plays pictures with a fixed scale, and stops at the shown days', { skip }, async () => {
  const window = `${firstDay}_${addDays(firstDay, 6)}`;
  await open({ hash: `#lang=en&window=${window}&at=11/${city.center[1]}/${city.center[0]}` }, async (page) => {
    await page.waitForSelector('.day[data-orders]:not([data-orders="0"])');
    const [limits, source] = [await scale(page), await tiles(page)];
    await page.locator('canvas.maplibregl-canvas').focus();
    await page.keyboard.press('Space');
    await page.waitForFunction(() => performance.getEntriesByName('range-frame').length >= 4);
    const [from, to] = await shownDays(page);
    assert.ok(from > firstDay, `${from} is after ${firstDay}`);
    assert.equal(to, addDays(from, 6), 'the window keeps its length');
    assert.equal(await tiles(page), source, 'no tile is encoded while it plays');
    assert.deepEqual(await scale(page), limits, 'the classes stay');
    assert.match(page.url(), new RegExp(`window=${window}`), 'the address changes when it stops');
    assert.equal(await page.getByText('There are no orders in view').count(), 0);
    assert.equal(await page.locator('.figures').evaluate((strip) => getComputedStyle(strip).opacity), '0.35');
    await shoot(page, 'play');
    await page.keyboard.press('Space');
    await page.waitForFunction((was) => !location.hash.includes(was), window);
    const [stopped] = await shownDays(page);
    assert.ok(stopped >= from);
    assert.match(page.url(), new RegExp(`window=${stopped}_${addDays(stopped, 6)}`));
    await page.waitForFunction(() => !window.foodmap.map.getLayer('live-range'), null, { timeout: 60_000 });
    assert.equal(await page.locator('.figures').evaluate((strip) => getComputedStyle(strip).opacity), '1');
  });
});

test('a growing range keeps its first day, and repeats if that is chosen', { skip }, async () => {
  const first = addDays(lastDay, -9);
  await open({ hash: `#lang=en&window=${first}_${addDays(first, 1)}` }, async (page) => {
    await page.waitForSelector('.day[data-orders]:not([data-orders="0"])');
    await page.locator('[data-action="play-settings"]').click();
    await page.locator('[data-choice="play-mode"] label:has(input[value="growing"])').click();
    await page.locator('[data-choice="play-step"] label:has(input[value="7"])').click();
    await page.locator('[data-choice="play-speed"] label:has(input[value="fast"])').click();
    await page.locator('[data-choice="play-loop"]').click();
    await shoot(page, 'play-settings');
    await assertAccessible(page, 'how to play');
    await page.keyboard.press('Escape');
    await page.locator('[data-shortcut="play"]').click();
    const ends = new Set();
    for (let look = 0; look < 200 && !((await pictures(page)) >= 5 && ends.size === 2); look += 1) {
      const [from, to] = await shownDays(page);
      if (from === first && to !== addDays(first, 1)) ends.add(to);
      assert.equal(from, first);
      await page.waitForTimeout(50);
    }
    assert.deepEqual([...ends].sort(), [addDays(first, 6), lastDay], 'five pictures of two lengths');
    await page.locator('[data-shortcut="play"]').click();
    await page.waitForFunction(() => document.querySelector('[data-shortcut="play"]').ariaLabel.startsWith('Play'));
  });
});

test('with reduced motion the play button goes one step on', { skip }, async () => {
  const options = { hash: `#lang=en&window=${firstDay}`, device: { reducedMotion: 'reduce' } };
  await open(options, async (page) => {
    await page.waitForSelector('.day[data-orders]:not([data-orders="0"])');
    await page.getByRole('button', { name: 'Next step' }).click();
    await page.waitForFunction((next) => location.hash.includes(`window=${next}`), addDays(firstDay, 1));
    await page.waitForTimeout(1500);
    assert.deepEqual(await shownDays(page), [addDays(firstDay, 1), addDays(firstDay, 1)]);
  });
});

test('what has no pictures does not play', { skip }, async () => {
  for (const choice of perTier(['hours=0123456@12-15'], ['view=heat', 'hours=0123456@12-15', 'growth=before'])) {
    await open({ hash: `#lang=en&window=7d&${choice}` }, async (page) => {
      await page.waitForSelector('[data-shortcut="play"]:disabled');
    });
  }
});

test('orders in view are those of the cells in view, day by day, and users in view are bounds', { skip }, async () => {
  await open({ hash: `#lang=en&window=7d&at=11/${city.center[1]}/${city.center[0]}` }, async (page) => {
    const { TimelineEngine } = await pageModule('tiles/timeline/nodeExports.ts');
    const { timelineOf } = await pageModule('data/timeline.ts');
    const { tilesOver, cellCentre } = await pageModule('tiles/cells.ts');
    const { lines } = await get(catalog.layers.find(({ layer }) => layer === 'density').tilejson);
    const loader = {
      places: get,
      archive: async (tilejson) => ({ lines: [], ...(await get(tilejson)) }),
      async tile(url) {
        const response = await fetch(new URL(url, TIMELINE_URL));
        return response.status === 204 ? null : new Uint8Array(await response.arrayBuffer());
      },
    };
    const engine = new TimelineEngine(loader, timelineOf(catalog).months, lines);
    const countView = async ([west, south, east, north], zoom, first, last) => {
      let orders = 0;
      for (const tile of tilesOver([west, south, east, north], zoom)) {
        for (let by = first; by <= last; by += 1) {
          const day = addDays(lastDay, by);
          const counts = await engine.count({ from: day, to: day, hours: null }, tile, false);
          for (let cell = 0; cell < 4096; cell += 1) {
            if (!counts.has(cell)) continue;
            const [column, row] = [tile.x * 64 + (cell % 64), tile.y * 64 + Math.floor(cell / 64)];
            const [lng, lat] = cellCentre({ level: zoom + 6, column, row });
            if (lng >= west && lng <= east && lat >= south && lat <= north) orders += counts.ofAll('orders', cell);
          }
        }
      }
      return orders;
    };
    const figure = page.locator('[data-figure="view-orders"]');
    for (const zoom of [11, 12]) {
      const before = await figure.getAttribute('data-value').catch(() => null);
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom });
      await page.waitForFunction(
        (was) => {
          const shown = document.querySelector('[data-figure="view-orders"]')?.dataset;
          return shown?.change !== undefined && (was === null || shown.value !== was);
        },
        zoom === 11 ? null : before,
      );
      const bounds = await page.evaluate(() => {
        const shown = window.foodmap.map.getBounds();
        return [shown.getWest(), shown.getSouth(), shown.getEast(), shown.getNorth()];
      });
      const [now, was] = [await countView(bounds, zoom, -6, 0), await countView(bounds, zoom, -13, -7)];
      assert.equal(Number(await figure.getAttribute('data-value')), now, `zoom ${zoom}`);
      const change = Number(await figure.getAttribute('data-change'));
      assert.ok(Math.abs(change - (now - was) / was) < 1e-9, `${change} at zoom ${zoom}`);
    }
    // At this zoom the whole city is in view, and the users of the city are known exactly.
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 8 });
    await settle(page);
    await page.waitForFunction(
      (orders) => Number(document.querySelector('[data-figure="view-orders"]')?.dataset.value) >= orders,
      Number(await page.locator('[data-figure="orders"]').getAttribute('data-value')),
    );
    const users = Number(await page.locator('[data-figure="users"]').getAttribute('data-value'));
    const [least, most] = (await page.locator('[data-figure="view-users"]').getAttribute('data-value')).split('-');
    assert.ok(Number(least) <= users && users <= Number(most ?? least), `${least} to ${most}: ${users}`);
  });
});
