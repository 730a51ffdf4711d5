import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsAt, featuresOf, skip } from './overlay.mjs';
import { moveTo, onPage, openGroup, PUBLIC_URL, settle, shoot } from './page.mjs';
import { nightlyOnly, nightlyUnless } from './tier.mjs';
import { catalog, city, fullestTile, json, placeInTile } from './tiles.mjs';

// In the tier change, the next test compares the name in a popup.
test('the popup of an area shows its name', nightlyOnly({ skip: skip('areas') }), async () => {
  const labels = await featuresOf('areas', 'area-labels', 12);
  const area = labels.find(({ kind }) => kind === 'marketing');
  await onPage({ hash: '#lang=fa&over=areas&kind=users' }, async (page) => {
    await moveTo(page, { lng: area.place[0], lat: area.place[1], zoom: 13 });
    const found = await page.evaluate(
      ([x, y]) =>
        window.foodmap.map
          .queryRenderedFeatures(window.foodmap.map.project([x, y]), { layers: ['areas-fill'] })
          .map((f) => f.properties.name),
      area.place,
    );
    assert.ok(found.includes(area.name), `${area.name} is not drawn where its label is: ${found}`);
    await shoot(page, 'overlay-areas-fa');
  });
});

test('a click on an area shows its name and its population, if known', {
  skip: skip('areas'),
}, async () => {
  const labels = await featuresOf('areas', 'area-labels', 13);
  await onPage({ hash: '#lang=en&over=areas' }, async (page) => {
    const [lng, lat] = labels.find(({ kind }) => kind === 'marketing').place;
    await moveTo(page, { lng, lat, zoom: 14 });
    // A density cell would be picked first, so the click goes where there is none.
    const spot = await page.evaluate(() => {
      const { map } = window.foodmap;
      const { width, height } = map.getCanvas().getBoundingClientRect();
      for (let x = width * 0.4; x < width * 0.7; x += 7) {
        for (let y = height * 0.3; y < height * 0.5; y += 7) {
          const at = (id) => map.queryRenderedFeatures([x, y], { layers: [id] });
          const [area] = at('areas-fill');
          if (area && at('density-cells').length === 0) return { x, y, ...area.properties };
        }
      }
      return null;
    });
    assert.ok(spot, 'some place has an area and no order');
    await page.mouse.click(spot.x, spot.y);
    await page.waitForSelector('.cell[data-overlay=areas]');
    assert.equal(await page.locator('.cell .name').textContent(), spot.name);
    const population = page.locator('.cell [data-fact=population]');
    assert.equal(await population.count(), spot.population === undefined ? 0 : 1);
    await shoot(page, 'overlay-area-popup');
  });
});

test('a click on a coloured area picks the area, not the density cell that it hides', {
  skip: skip('areas'),
}, async () => {
  const tile = await fullestTile(city, 12);
  const [key] = tile.cells.keys();
  const [column, row] = key.split(',').map(Number);
  const place = placeInTile(tile, column + 0.5, row + 0.5);
  for (const [fill, answers] of [
    ['vendors', '.cell[data-overlay=areas]'],
    ['tint', '.cell:not([data-overlay])'],
  ]) {
    await onPage({ hash: `#lang=en&over=areas&areas=region&fill=${fill}` }, async (page) => {
      await moveTo(page, { ...place, zoom: 12.4 });
      if (fill === 'vendors') await page.waitForSelector('.corner [data-stat]');
      await settle(page);
      const at = await page.evaluate(([x, y]) => window.foodmap.map.project([x, y]), [place.lng, place.lat]);
      await page.mouse.click(at.x, at.y);
      await page.waitForSelector(answers);
    });
  }
});

/** A table of the catalog, from the server that shows everything. */
const table = async (name) => json(catalog.tables.find((entry) => entry.name === name).url);

/** Clicks where an area's label is, on a page that shows only this kind and no density below it. */
async function openArea(page, area) {
  await moveTo(page, { lng: area.place[0], lat: area.place[1], zoom: 14.2 });
  // Density cells are picked before areas; the heat view has none to click.
  await factsAt(page, area.place);
  await page.waitForSelector('.cell [data-fact=vendors]');
}

for (const [kind, lang, theme] of [
  ['neighbourhood', 'en', 'day'],
  ['marketing', 'fa', 'night'],
  ['region', 'fa', 'day'],
]) {
  const options = nightlyUnless(kind !== 'region', { skip: skip('areas') });
  test(`an area (${kind}) shows the vendors, orders and users of the tables, in ${lang}`, options, async () => {
    const labels = (await featuresOf('areas', 'area-labels', 12)).filter((label) => label.kind === kind);
    const vendors = await table('area-stats/vendors');
    const orders = await table('area-stats/orders');
    const own = (areas, { id }) => areas.find((area) => area.id === id);
    const [area] = labels.toSorted((a, b) => own(vendors.areas, b).default.total - own(vendors.areas, a).default.total);
    const wanted = own(vendors.areas, area).default;
    const hash = `#lang=${lang}&theme=${theme}&over=areas&areas=${kind}&view=heat&vendor-status=5&vendor-visible=yes`;
    await onPage({ hash }, async (page) => {
      await openArea(page, area);
      await page.waitForSelector('.cell [data-fact^=orders_]'); // from a table of their own
      const facts = await page
        .locator('.cell [data-fact]')
        .evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.dataset.fact, Number(row.dataset.value)])));
      assert.equal(facts.vendors, wanted.total);
      assert.equal(facts.per_10k, wanted.per_10k ?? undefined);
      for (const [of, names, counts] of [
        ['platform', vendors.platforms, wanted.by_platform],
        ['grade', vendors.grades, wanted.by_grade],
        ['line', vendors.lines, wanted.by_line],
      ]) {
        for (const [i, name] of names.entries()) assert.equal(facts[`${of}:${name}`] ?? 0, counts[i], `${of} ${name}`);
      }
      for (const [slot, { orders: count, users }] of Object.entries(own(orders.areas, area).windows)) {
        assert.deepEqual([facts[`orders_${slot}`], facts[`users_${slot}`]], [count, users], slot);
      }
      await settle(page);
      await shoot(page, `area-${kind}-${lang}-${theme}`);
    });
  });
}

test('a server of public layers shows no orders by area', { skip: skip('areas') }, async () => {
  const [area] = (await featuresOf('areas', 'area-labels', 12)).filter(({ kind }) => kind === 'region');
  await onPage({ url: PUBLIC_URL, hash: '#lang=en&over=areas&areas=region&view=heat' }, async (page) => {
    await openArea(page, area);
    assert.equal(await page.locator('.cell [data-fact^=orders_], .cell [data-fact^=users_]').count(), 0);
  });
});

test('kinds of areas can be chosen, are part of the URL, and clearing all of them switches areas off', {
  skip: skip('areas'),
}, async () => {
  await onPage({ hash: '#lang=en&over=areas' }, async (page) => {
    const drawn = () =>
      page.evaluate(() => [
        ...new Set(window.foodmap.map.queryRenderedFeatures({ layers: ['areas-fill'] }).map((f) => f.properties.kind)),
      ]);
    const toggle = async (kind) => {
      await page.locator(`[data-choice=areas] label:has(input[value=${kind}])`).click();
      await settle(page);
    };
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11.5 });
    await openGroup(page, 'areas');
    assert.deepEqual(await drawn(), ['marketing']);
    await toggle('region');
    await toggle('neighbourhood');
    assert.deepEqual((await drawn()).sort(), ['marketing', 'neighbourhood', 'region']);
    await toggle('marketing');
    assert.match(new URL(page.url()).hash, /areas=neighbourhood&areas=region/);
    await shoot(page, 'areas-two-kinds');
    await toggle('region');
    await toggle('neighbourhood');
    assert.equal(await page.locator('[data-choice=areas] input:checked').count(), 0);
    assert.doesNotMatch(new URL(page.url()).hash, /over=areas/);
    await toggle('region');
    assert.deepEqual(await drawn(), ['region']);
  });
});

test('unavailable statistics are reported, and the rest of the popup is shown', {
  skip: skip('areas'),
}, async () => {
  const [area] = (await featuresOf('areas', 'area-labels', 12)).filter(({ kind }) => kind === 'region');
  const before = (page) => page.route('**/v1/tables/area-stats/**', (route) => route.fulfill({ status: 503 }));
  await onPage({ hash: '#lang=en&over=areas&areas=region&view=heat', before, expected: [/503/] }, async (page) => {
    await moveTo(page, { lng: area.place[0], lat: area.place[1], zoom: 14.2 });
    await factsAt(page, area.place);
    await page.waitForSelector('[role=alert], .notice');
    assert.equal(await page.locator('.cell .name').textContent(), area.name);
  });
});
