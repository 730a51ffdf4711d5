// An open page: freshness, due builds, and newer maps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, follow, onPage, PHONE, PUBLIC_URL, settle, shoot } from './page.mjs';
import { isNightly, nightlyOnly, perTier } from './tier.mjs';
import { catalog, json, layer } from './tiles.mjs';

const { defaults } = await json('/config.json');

const HOUR_MS = 3_600_000;
const soon = (hours) => new Date(Date.now() + hours * HOUR_MS).toISOString();

/** The catalog of the server, with changes. */
const serve = (page, change) =>
  page.route('**/v1/catalog.json', async (route) => {
    const body = await (await route.fetch()).json();
    await route.fulfill({ json: change(body) });
  });

const dueAt = (time) => (body) => ({ ...body, layers: body.layers.map((one) => ({ ...one, next_due: time })) });

test('every build is listed with the rows and times of the catalog', async () => {
  await onPage({ before: (page) => serve(page, dueAt(soon(14.5))) }, async (page) => {
    const chip = page.locator('.chip-data');
    assert.equal(await chip.getAttribute('data-health'), 'fresh');
    assert.match(await chip.innerText(), /next in 14 hours/);
    await chip.click();
    await page.waitForSelector('.builds table');
    const rows = await page
      .locator('.builds [data-build]')
      .evaluateAll((found) =>
        found.map((row) => [row.dataset.build, Number(row.querySelector('[data-rows]')?.dataset.rows ?? 0)]),
      );
    const wanted = [
      ...catalog.layers.map(({ layer: name, slot, orders }) => [`${name} ${slot}`, orders ?? 0]),
      ...catalog.tables.map(({ name, rows: count }) => [`${name} now`, count]),
    ];
    assert.deepEqual(new Map(rows), new Map(wanted));
    await shoot(page, 'builds');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.builds', { state: 'detached' });
  });
});

const withDays = (from, to) => (body) => ({ ...body, layers: body.layers.map((one) => ({ ...one, from, to })) });

// In the tier change, freshness.test.ts and format.test.ts prove this.
test('old data is reported with its age, and its days with the year', nightlyOnly(), async () => {
  await onPage({ before: (page) => serve(page, withDays('2008-06-04', '2008-06-10')) }, async (page) => {
    const chip = page.locator('.chip-data');
    assert.equal(await chip.getAttribute('data-old'), 'true');
    const days = Math.round(Number(await chip.locator('[data-age]').getAttribute('data-age')));
    assert.ok(Math.abs(days - (Date.now() - Date.parse('2008-06-10')) / (24 * HOUR_MS)) < 2, `${days} days`);
    assert.match(await chip.innerText(), /Jun 4\s–\s10, 2008/);
    assert.match(await chip.innerText(), /data is [\d,]+ days old/);
    await shoot(page, 'old-data');
  });
  const today = new Date().toISOString().slice(0, 10);
  await onPage({ before: (page) => serve(page, withDays(today, today)) }, async (page) => {
    assert.equal(await page.locator('.chip-data').getAttribute('data-old'), 'false');
    assert.equal(await page.locator('.chip-data [data-age]').count(), 0);
  });
});

// In the tier change, freshness.test.ts proves this, and the test of holds below sees a late build.
test('a late build is distinguished from one without a due time', nightlyOnly(), async () => {
  await onPage({ url: PUBLIC_URL, before: (page) => serve(page, dueAt(soon(-2))) }, async (page) => {
    assert.equal(await page.locator('.chip-data').getAttribute('data-health'), 'late');
  });
  await onPage({ url: PUBLIC_URL, before: (page) => serve(page, dueAt(null)) }, async (page) => {
    assert.equal(await page.locator('.chip-data').getAttribute('data-health'), 'unknown');
    assert.equal(await page.locator('.chip-data .due').count(), 0);
  });
});

const HELD = { job: 'orders', since: soon(-30), until: soon(50) };
/** Density alone, overdue, with a hold of its job. */
const holdOrders = (hold) => (body) => ({
  ...body,
  layers: body.layers
    .filter((one) => one.layer.startsWith('density'))
    .map((one) => ({ ...one, job: 'orders', next_due: soon(-2) })),
  tables: [],
  holds: [hold],
});

test('a held layer is said to be held, with its day, the reason and the end, and not to be late or on time', async () => {
  const languages = [
    ['en', /^Orders: the map keeps the data of .+ on purpose until .+\. .+ Reason: half of the orders are missing$/],
    ['fa', /^سفارش‌ها: نقشه عمداً داده‌های .+ را تا .+ نگه می‌دارد\. .+ دلیل: half of the orders are missing$/],
  ];
  for (const [lang, words] of perTier(languages.slice(1), languages)) {
    const hold = { ...HELD, author: 'amir', reason: 'half of the orders are missing' };
    const before = (page) => serve(page, holdOrders(hold));
    await onPage({ hash: `#lang=${lang}`, before }, async (page) => {
      const chip = page.locator('.chip-data[data-health]');
      assert.equal(await chip.getAttribute('data-health'), 'held');
      assert.equal(await chip.locator('.due').count(), 0);
      assert.match(await page.locator('[data-held=orders]').innerText(), words);
      assert.doesNotMatch(await page.locator('body').innerText(), /amir|on time|به‌موقع|\blate\b|دیر کرده/);
      await assertAccessible(page, `a hold in ${lang}`);
      await shoot(page, `held-${lang}`);
      await chip.click();
      await page.waitForSelector('.builds time[data-held=orders]');
      assert.doesNotMatch(await page.locator('.builds').innerText(), /amir|on time|به‌موقع|\blate\b|دیر کرده/);
      await shoot(page, `held-builds-${lang}`);
    });
  }
  // The public catalog has no reason.
  if (isNightly)
    await onPage({ url: PUBLIC_URL, before: (page) => serve(page, holdOrders(HELD)) }, async (page) => {
      assert.doesNotMatch(await page.locator('[data-held=orders]').innerText(), /Reason/);
    });
  const ended = { ...HELD, until: soon(-1) };
  await onPage({ url: PUBLIC_URL, before: (page) => serve(page, holdOrders(ended)) }, async (page) => {
    assert.equal(await page.locator('[data-held]').count(), 0);
    assert.equal(await page.locator('.chip-data').getAttribute('data-health'), 'late');
  });
});

// In the tier change, holds.test.ts proves this.
test('the hold of a job is shown while one of its layers is', nightlyOnly(), async () => {
  const jobOf = (name) => (name === 'vendors' || name === 'coverage' ? 'snapshot' : 'orders');
  const before = (page) =>
    serve(page, (body) => ({
      ...body,
      layers: body.layers.map((one) => ({ ...one, job: jobOf(one.layer) })),
      holds: [{ ...HELD, job: 'snapshot' }],
    }));
  await onPage({ before, viewport: PHONE }, async (page) => {
    assert.equal(await page.locator('[data-held]').count(), 0);
    await follow(page, '#lang=en&over=vendors');
    assert.match(await page.locator('[data-held=snapshot]').innerText(), /^Vendors and coverage: the map keeps/);
    await shoot(page, 'held-vendors-phone');
  });
});

test('holidays of the shown days are marked', async () => {
  const { from, to } = layer;
  const holidays = [
    { from: '2020-01-01', to: from, name: 'nowruz' },
    { from: to, to },
  ];
  const before = (page) => serve(page, (body) => ({ ...body, holidays }));
  const languages = [
    ['en', 'with holidays', /^2 of these days are holidays or quiet days: Nowruz \(.+\) and holiday \(.+\)\.$/],
    ['fa', 'با روزهای تعطیل', /^۲ روز از این روزها تعطیل یا خلوت است: نوروز \(.+\) و تعطیل \(.+\)\.$/],
  ];
  for (const [lang, mark, names] of perTier(languages.slice(1), languages)) {
    await onPage({ hash: `#lang=${lang}`, before }, async (page) => {
      assert.equal(await page.locator('.chip-data [data-holidays]').innerText(), mark);
      assert.match(await page.locator('.summary [data-about=holidays]').innerText(), names);
      await shoot(page, `holidays-${lang}`);
    });
  }
  if (isNightly)
    await onPage({}, async (page) => {
      assert.equal(await page.locator('[data-holidays], [data-about=holidays]').count(), 0);
    });
});

test('an open page loads a newer map, and reports when the server is unreachable', async () => {
  let state = 'same';
  const before = async (page) => {
    await page.clock.install();
    await page.route('**/v1/catalog.json', async (route) => {
      if (state === 'unreachable') return route.abort();
      const body = await (await route.fetch()).json();
      const newer = { ...body, number: body.number + 1, layers: body.layers.map((one) => ({ ...one, orders: 4321 })) };
      return route.fulfill({ json: state === 'newer' ? newer : body });
    });
  };
  await onPage({ before, expected: [/Failed to load resource|ERR_FAILED/] }, async (page) => {
    const chip = page.locator('.chip-data');
    const number = Number(await chip.getAttribute('data-map'));
    assert.equal(number, catalog.number);
    state = 'newer';
    await page.clock.runFor(61_000);
    await page.waitForSelector(`.chip-data[data-map="${number + 1}"]`);
    await settle(page);
    state = 'unreachable';
    await page.clock.runFor(61_000);
    await page.waitForSelector('.chip-data[data-health=unreachable]');
    assert.ok(
      await page.evaluate(() => window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] }).length > 0),
      'the map that was there stays',
    );
  });
});

/** The default window is not part of the URL. */
function showsWindow(page, slot) {
  const shown = slot === defaults?.window ? null : slot;
  return page.waitForURL((url) => new URLSearchParams(url.hash.slice(1)).get('window') === shown);
}

test('periods play from the shortest to the longest, then stop', async () => {
  const own = (await json('/v1/catalog.json')).layers.filter(({ layer: name }) => name === layer.layer);
  const days = ({ slot }) => Number.parseInt(slot, 10) || Number.POSITIVE_INFINITY;
  const slots = own.toSorted((a, b) => days(a) - days(b)).map(({ slot }) => slot);
  if (slots.length < 2) return;
  await onPage({ hash: `#lang=en&window=${slots.at(-1)}` }, async (page) => {
    const slider = page.locator('[data-choice=window-slider]');
    assert.equal(Number(await slider.inputValue()), slots.length - 1);
    await page.getByRole('button', { name: 'Play the periods' }).click();
    for (const slot of slots) await showsWindow(page, slot);
    await page.getByRole('button', { name: 'Play the periods' }).waitFor();
    await slider.focus();
    await page.keyboard.press('Home');
    await showsWindow(page, slots[0]);
    const { from, to } = own.find(({ slot }) => slot === slots[0]);
    await page.waitForSelector(`.chip-data time[datetime="${from}/${to}"]`);
  });
});

test('an empty view explains why, and its remedy works', async () => {
  await onPage({ hash: '#lang=en&at=13/35.30/50.60' }, async (page) => {
    const notice = page.locator('[data-empty=here]');
    await notice.waitFor();
    assert.match(await notice.innerText(), /no orders in view/);
    await shoot(page, 'empty');
    await notice.getByRole('button', { name: 'Whole city' }).click();
    await notice.waitFor({ state: 'detached' });
    await settle(page);
    assert.ok(
      await page.evaluate(() => window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] }).length > 0),
    );
  });
});

test('an empty vendor filter is reported over the map, and one button restores the default', async () => {
  if (!catalog.layers.some(({ layer: name }) => name === 'vendors')) return;
  await onPage({ hash: '#lang=en&density=off&over=vendors&vendor-status=987' }, async (page) => {
    const notice = page.locator('[data-empty=vendors]');
    await notice.waitFor();
    assert.match(await page.locator('.summary [data-about=vendors]').innerText(), /^0 of /);
    await notice.getByRole('button').click();
    await notice.waitFor({ state: 'detached' });
    assert.doesNotMatch(page.url(), /vendor-/);
  });
});
