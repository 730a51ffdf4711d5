// What acts is shown: chips, the strip of figures, the context of popups, and what the address asks for in vain.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsAt, published } from './overlay.mjs';
import { assertAccessible, follow, moveTo, onPage, PHONE, settle, shoot } from './page.mjs';
import { catalog, cellsOf, city, json, layer, tileJson } from './tiles.mjs';

const chips = (page) =>
  page.locator('.filter-chips [data-filter]').evaluateAll((all) => all.map((one) => one.dataset.filter));
const figure = async (page, name) => {
  const found = page.locator(`[data-figure="${name}"]`);
  await found.waitFor();
  return Number(await found.getAttribute('data-value'));
};

const options = { skip: published('vendors') ? false : 'the map has no vendors', timeout: 600_000 };

test('each filter that acts is a chip, and a chip removes its filter', options, async () => {
  const hash = '#lang=en&over=vendors&circles=off&line=Cafe&vendor-grade=A&vendor-line=Cafe';
  await onPage({ hash, asDefault: true }, async (page) => {
    assert.deepEqual(await chips(page), ['line Cafe', 'window', 'line', 'grade', 'status', 'visible']);
    const before = await figure(page, 'vendors');
    await page.getByRole('button', { name: 'Remove the filter: Grade: A', exact: true }).click();
    await settle(page);
    assert.deepEqual(await chips(page), ['line Cafe', 'window', 'line', 'status', 'visible']);
    assert.ok((await figure(page, 'vendors')) > before);
    await page.goBack();
    await settle(page);
    assert.equal(await figure(page, 'vendors'), before);
    await assertAccessible(page, 'chips and figures');
    await shoot(page, 'chips-en');
    await follow(page, '#lang=fa&theme=night&over=vendors&line=Cafe&vendor-grade=A&vendor-line=Cafe&delivery=grade');
    await shoot(page, 'chips-fa-night');
  });
});

/** Adds up the cells of the deepest tiles whose centres lie in the city. */
async function totalsOf(line) {
  const { maxzoom: z } = tileJson;
  const [west, south, east, north] = city.bounds;
  const at = (lng, lat) => {
    const phi = (lat * Math.PI) / 180;
    const y = (1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2;
    return [((lng + 180) / 360) * 2 ** z, y * 2 ** z];
  };
  const [[left, top], [right, bottom]] = [at(west, north), at(east, south)];
  const sums = { orders: 0, organic: 0 };
  for (let x = Math.floor(left); x <= right; x += 1) {
    for (let y = Math.floor(top); y <= bottom; y += 1) {
      for (const [key, cell] of await cellsOf({ z, x, y })) {
        const [column, row] = key.split(',').map((n) => (Number(n) + 0.5) / 64);
        if (x + column < left || x + column > right || y + row < top || y + row > bottom) continue;
        sums.orders += (line === null ? cell.orders : cell[`l${line}`]) ?? 0;
        sums.organic += (line === null ? cell.organic : cell[`o${line}`]) ?? 0;
      }
    }
  }
  return sums;
}

test('the strip has the orders of the city and of the chosen line', options, async () => {
  await onPage({ hash: '#lang=en&line=all' }, async (page) => {
    const all = await totalsOf(null);
    assert.equal(await figure(page, 'orders'), all.orders);
    assert.ok(Math.abs((await figure(page, 'organic')) - all.organic / all.orders) < 1e-9);
    if (layer.orders !== undefined) assert.ok(all.orders < layer.orders, 'the city has a part of all orders');
    const line = tileJson.lines.indexOf('Cafe');
    await follow(page, '#lang=en&line=Cafe');
    const { orders } = await totalsOf(line);
    await page.waitForSelector(`[data-figure=orders][data-value="${orders}"]`);
  });
});

/** Counts grid cells with the rule of coverage: none of its code is used here. */
test('the strip has the cells below target, which change with the radius', options, async () => {
  const hash = '#lang=en&density=off&over=coverage&line=Bakery';
  await onPage({ hash, asDefault: true }, async (page) => {
    const own = await figure(page, 'below');
    const { url } = catalog.tables.find(({ name }) => name === `coverage-grid/${city.key}`);
    const grid = await json(url);
    const line = grid.lines.indexOf('Bakery');
    let targeted = 0;
    for (let i = 0; i < grid.runs.length; i += 2) {
      if ((grid.targets[grid.runs[i]]?.[line] ?? 0) > 0) targeted += grid.runs[i + 1];
    }
    const words = await page.locator('[data-figure=below] dd').innerText();
    assert.equal(words, `${own.toLocaleString('en')} of ${targeted.toLocaleString('en')}`);
    await follow(page, `${hash}&vendor-status=5&vendor-visible=yes&delivery=0.5km`);
    await page.waitForFunction(
      (less) => Number(document.querySelector('[data-figure=below]')?.dataset.value) > less,
      own,
    );
  });
});

test('a popup says what its figures count, and disappears with its layer', options, async () => {
  await onPage({ hash: '#lang=en&over=areas&areas=region&line=Cafe', asDefault: true }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11 });
    await follow(page, '#lang=en&density=off&over=areas&areas=region&line=Cafe&vendor-status=5&vendor-visible=yes');
    await factsAt(page, [city.center[0], city.center[1]]);
    assert.match(await page.locator('.cell .context').innerText(), /Tehran/);
    assert.match(await page.locator('.cell [data-fact^=orders_]').first().innerText(), /Cafe, /);
    assert.match(await page.locator('.cell .counted').innerText(), /status 5 and visible/);
    await shoot(page, 'popup-area-context');
    await follow(page, '#lang=en&density=off&over=vendors&line=Cafe');
    assert.equal(await page.locator('.cell').count(), 0);
  });
});

test('an unknown city, period or line of the address is reported, and dismissing it removes it', async () => {
  const hash = '#lang=en&city=atlantis&window=99d&line=Moon';
  await onPage({ hash, asDefault: true, viewport: PHONE }, async (page) => {
    for (const name of ['unknown-city', 'unknown-window', 'unknown-line']) {
      const notice = page.locator(`[data-failure=${name}]`);
      await notice.waitFor();
      await shoot(page, `notice-${name}`);
      await notice.getByRole('button', { name: 'Dismiss' }).click();
      await notice.waitFor({ state: 'detached' });
    }
    assert.doesNotMatch(page.url(), /atlantis|99d|Moon/);
  });
});
