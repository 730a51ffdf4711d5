// Any range of days and hours: chosen with the timeline, counted by the page, kept in the address.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageModule } from '../modules.mjs';
import {
  assertAccessible,
  follow,
  onPage,
  openGroup,
  PHONE,
  PUBLIC_URL,
  settle,
  shoot,
  TIMELINE_URL,
} from './page.mjs';
import { perTier } from './tier.mjs';

const skip = TIMELINE_URL ? false : 'no map with a timeline was given';
const get = async (path) => (await fetch(new URL(path, TIMELINE_URL))).json();
const catalog = skip ? null : await get('/v1/catalog.json');
const layersNamed = (name) => catalog.layers.filter(({ layer }) => layer === name);
const window30 = skip ? null : layersNamed('density').find(({ slot }) => slot === '30d');
const lastDay = skip ? null : layersNamed('timeline-orders').at(-1).to;
const city = skip ? null : catalog.cities.find(({ key }) => key === 'tehran');

const open = (options, act) => onPage({ url: TIMELINE_URL, ...options }, act);

const addDays = (day, days) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

/** The drawn cells with all their counts, sorted. */
const cellsOf = (page) =>
  page.evaluate(() => {
    const features = window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] });
    const cells = features.map(({ geometry, properties }) => {
      const corner = geometry.coordinates[0].map(([lng, lat]) => `${lng.toFixed(5)} ${lat.toFixed(5)}`).sort()[0];
      const counts = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
      return JSON.stringify([corner, counts]);
    });
    return [...new Set(cells)].sort();
  });

const shownDays = (page) => page.locator('.day-bars').evaluate(({ dataset }) => [dataset.from, dataset.to]);

/** Waits until the map shows the days, and its cells are drawn. */
async function waitForDays(page, from, to) {
  await page.waitForSelector(`.chip-data time[datetime="${from}/${to}"]`);
  await settle(page);
}

test('a range has the cells, counts and users of the published window of the same days', { skip }, async () => {
  const { from, to } = window30;
  for (const zoom of perTier([11], [8, 10, 11, 13])) {
    const at = `at=${zoom}/${city.center[1]}/${city.center[0]}`;
    await open({ hash: `#lang=en&window=30d&${at}` }, async (page) => {
      const published = await cellsOf(page);
      assert.ok(published.length > 50, `${published.length} cells`);
      await follow(page, `#lang=en&window=${from}_${to}&${at}`);
      await page.waitForFunction(() =>
        String(window.foodmap.map.getSource('density-squares')?.tiles).includes('timeline'),
      );
      await settle(page);
      assert.deepEqual(await cellsOf(page), published, `zoom ${zoom}`);
    });
  }
});

test('presets stay relative in the address, and only 30 days and all days are windows of the server', {
  skip,
}, async () => {
  await open({ asDefault: true }, async (page) => {
    await page.waitForSelector('.timebar');
    for (const [preset, days] of [
      ['7d', 7],
      ['1d', 1],
    ]) {
      await page.locator(`[data-preset="${preset}"]`).click();
      await waitForDays(page, addDays(lastDay, 1 - days), lastDay);
      assert.match(page.url(), new RegExp(`window=${preset}`));
    }
    await page.locator('[data-preset="gregorian-last-month"]').click();
    await page.waitForFunction(() => location.hash.includes('window=gregorian-last-month'));
    await settle(page);
    assert.equal(await page.locator('[data-choice="window"]').count(), 0, 'no list of published windows');
    assert.equal(
      await page.locator('[data-preset][data-selected]').getAttribute('data-preset'),
      'gregorian-last-month',
    );
  });
});

test('the range is drawn, moved and resized by pointer and by keyboard', { skip }, async () => {
  await open({ hash: '#lang=en&window=7d' }, async (page) => {
    await page.waitForSelector('.day[data-orders]:not([data-orders="0"])');
    const box = await page.locator('.day-bars').boundingBox();
    const count = await page.locator('.day').count();
    const middleOf = (day) => box.x + (box.width * (day + 0.5)) / count;
    const [first, last] = await page.locator('.day').evaluateAll((days) => [days[3].dataset.day, days[9].dataset.day]);
    await page.mouse.move(middleOf(3), box.y + 20);
    await page.mouse.down();
    await page.mouse.move(middleOf(6), box.y + 20);
    await page.mouse.move(middleOf(9), box.y + 20);
    await page.mouse.up();
    await waitForDays(page, first, last);
    assert.match(page.url(), new RegExp(`window=${first}_${last}`));
    await page.locator('.brush').focus();
    await page.keyboard.press('ArrowRight');
    await waitForDays(page, addDays(first, 1), addDays(last, 1));
    await page.getByRole('slider', { name: 'Last day' }).focus();
    await page.keyboard.press('ArrowLeft');
    await waitForDays(page, addDays(first, 1), last);
    await page.goBack();
    await waitForDays(page, addDays(first, 1), addDays(last, 1));
    assert.deepEqual(await shownDays(page), [addDays(first, 1), addDays(last, 1)]);
  });
});

test('5 to 18 Aban are typed with two clicks', { skip }, async () => {
  await open({ hash: '#lang=fa&theme=night' }, async (page) => {
    const year = page.locator('.date-segment[data-type="year"]');
    await year.first().click();
    await page.keyboard.type('140585', { delay: 40 });
    await year.last().click();
    await page.keyboard.type('1405818', { delay: 40 });
    await page.keyboard.press('Enter');
    await waitForDays(page, '2026-10-27', '2026-11-09');
    assert.match(page.url(), /window=2026-10-27_2026-11-09/);
    await shoot(page, 'timeline-fa-night');
    await assertAccessible(page, 'the timeline');
  });
});

test("yesterday's lunch takes two clicks, and users are not shown by hour", { skip }, async () => {
  await open({}, async (page) => {
    await page.locator('[data-preset="1d"]').click();
    await page.locator('[data-hours="lunch"]').click();
    await page.waitForFunction(() => String(window.foodmap.map.getSource('density-squares')?.tiles).includes('@12-15'));
    await settle(page);
    assert.match(page.url(), /window=1d.*hours=0123456(@|%40)12-15/);
    const drawn = await cellsOf(page);
    assert.ok(drawn.length > 0, 'cells are drawn');
    for (const cell of drawn) assert.doesNotMatch(cell, /"u/, 'no cell has users');
    assert.ok(await page.locator('[data-choice="kind"] input[value="users"]').isDisabled());
    assert.equal(await page.locator('[data-figure="users"]').count(), 0);
    await page.locator('[data-filter="hours"] button').click();
    await page.waitForFunction(() => !location.hash.includes('hours='));
  });
});

test('the grid of hours has all orders of the range, and is brushed', { skip }, async () => {
  await open({ hash: '#lang=en&window=7d' }, async (page) => {
    await page.locator('.hours-button').click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.hour')].some(({ dataset }) => Number(dataset.orders) > 0),
    );
    assert.equal(await page.locator('.hour').count(), 168);
    const cell = (weekday, hour) => page.locator(`.hour[data-weekday="${weekday}"][data-hour="${hour}"]`);
    await shoot(page, 'timeline-hours');
    await cell(0, 11).hover();
    await page.mouse.down();
    await cell(2, 13).hover();
    await page.mouse.up();
    await page.waitForFunction(() => /hours=012(@|%40)11-13/.test(location.hash));
    assert.equal(await page.locator('.hour[aria-pressed="true"]').count(), 9);
  });
});

test('figures follow the range and compare it with the days before', { skip }, async () => {
  const opened = layersNamed('timeline-orders');
  assert.ok(opened.length > 0);
  await open({ hash: '#lang=en&window=7d' }, async (page) => {
    const orders = page.locator('[data-figure="orders"]');
    await page.waitForSelector('[data-figure="orders"][data-change]');
    await page.waitForSelector('.day');
    const bars = await page.locator('.day').evaluateAll((days) => days.map(({ dataset }) => Number(dataset.orders)));
    const sumOf = (days) => days.reduce((sum, one) => sum + one, 0);
    const [now, before] = [sumOf(bars.slice(-7)), sumOf(bars.slice(-14, -7))];
    assert.equal(Number(await orders.getAttribute('data-value')), now);
    assert.ok(Math.abs(Number(await orders.getAttribute('data-change')) - (now - before) / before) < 1e-9);
    assert.ok(Number(await page.locator('[data-figure="users"]').getAttribute('data-value')) > 0);
    // The first days have no days before them.
    await follow(
      page,
      `#lang=en&window=${catalog.layers.find(({ layer }) => layer === 'timeline-orders').from}_${lastDay}`,
    );
    await page.waitForSelector('[data-figure="orders"]:not([data-change])');
  });
});

test('weekends are marked', { skip }, async () => {
  await open({}, async (page) => {
    await page.waitForSelector('.day');
    const weekends = await page
      .locator('.day[data-kind="weekend"]')
      .evaluateAll((days) => days.map(({ dataset }) => new Date(dataset.day).getUTCDay()));
    assert.deepEqual([...new Set(weekends)].sort(), [4, 5]);
  });
});

test('on phones the timeline is in the panel', { skip }, async () => {
  await open({ hash: '#lang=fa&theme=night&window=7d', viewport: PHONE }, async (page) => {
    await page.locator('.grip').click();
    await page.locator('.choices .timebar').scrollIntoViewIfNeeded();
    await page.locator('.choices [data-preset="1d"]').click();
    await waitForDays(page, lastDay, lastDay);
    await shoot(page, 'timeline-phone');
    await assertAccessible(page, 'the timeline on a phone');
  });
});

test('a server of public layers shows no timeline and says why', async () => {
  await onPage({ url: PUBLIC_URL }, async (page) => {
    assert.equal(await page.locator('.timebar').count(), 0);
    assert.match(await page.locator('.no-timeline').innerText(), /public layers/);
  });
});

/** The longest time of a picture after the first, in the worker: the frame budget of 60 pictures a second. */
const FRAME_MS = 16;
const MIN_PER_SECOND = 30;

test('while the range is dragged, pictures of cumulative sums replace the cells', { skip }, async (t) => {
  await open({ hash: `#lang=en&window=7d&at=11/${city.center[1]}/${city.center[0]}` }, async (page) => {
    await page.waitForSelector('.day[data-orders]:not([data-orders="0"])');
    const box = await page.locator('.brush').boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + 20];
    await page.mouse.move(x, y);
    await page.mouse.down();
    // The first move loads the days of the months.
    await page.mouse.move(x - 60, y);
    await page.waitForFunction(() => performance.getEntriesByName('range-frame').length > 0);
    for (let step = 0; step < 40; step += 1) await page.mouse.move(x - 60 - 12 * step, y);
    const visible = await page.evaluate(() => window.foodmap.map.getLayoutProperty('density-cells', 'visibility'));
    assert.equal(visible, 'none');
    const frames = await page.evaluate(() =>
      performance.getEntriesByName('range-frame').map(({ detail, duration }) => ({ ms: detail, duration })),
    );
    await page.mouse.up();
    const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
    const after = frames.slice(1);
    assert.ok(after.length >= 5, `${after.length} pictures after the first`);
    const [counted, drawn] = [median(after.map(({ ms }) => ms)), median(after.map(({ duration }) => duration))];
    t.diagnostic(
      `${after.length} pictures, ${counted.toFixed(1)} ms counted, ${drawn.toFixed(1)} ms handed to the map`,
    );
    assert.ok(counted <= FRAME_MS, `a move takes ${counted} ms`);
    // Rendering in software is left out: it takes most of the time of a test, and none of a graphics card.
    const perSecond = 1000 / (counted + drawn);
    assert.ok(perSecond >= MIN_PER_SECOND, `${perSecond} pictures a second`);
    await page.waitForFunction(() => !window.foodmap.map.getLayer('live-range'), null, { timeout: 60_000 });
    await settle(page);
    assert.ok((await cellsOf(page)).length > 0, 'the cells are drawn again');
  });
});

/** Users of each area of the 7 days before the last 7, less those who came again: counted by the page's code under node. */
async function lostByArea() {
  const { TimelineEngine } = await pageModule('tiles/timeline/nodeExports.ts');
  const { timelineOf } = await pageModule('data/timeline.ts');
  const engine = new TimelineEngine({ places: get }, timelineOf(catalog).months, []);
  const days = (first, last) => ({ from: addDays(lastDay, first), to: addDays(lastDay, last) });
  const found = await engine.retention('tehran', days(-13, -7), days(-6, 0), null);
  return new Map([...found].map(([area, { lost }]) => [area, lost]));
}

test('areas are coloured and ranked by the users that they lost', { skip }, async () => {
  await open({ hash: '#lang=en&window=7d' }, async (page) => {
    await page.locator('[data-choice="kind"] label:has(input[value="areas"])').click();
    await openGroup(page, 'areas');
    await page.locator('[data-choice="area-fill"] button').click();
    await page.getByRole('option', { name: 'Lost users', exact: true }).click();
    await page.waitForSelector('[data-area][data-value]');
    const rows = await page
      .locator('[data-area][data-value]')
      .evaluateAll((all) => all.map(({ dataset }) => [Number(dataset.area), Number(dataset.value)]));
    assert.ok(rows.length > 1);
    const lost = await lostByArea();
    for (const [area, value] of rows) assert.equal(value, lost.get(area), `area ${area}`);
    assert.deepEqual(
      rows.map(([, value]) => value),
      rows.map(([, value]) => value).toSorted((a, b) => b - a),
    );
    await shoot(page, 'timeline-lost');
  });
});
