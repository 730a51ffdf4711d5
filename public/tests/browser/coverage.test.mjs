import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsAt, skip } from './overlay.mjs';
import { chooseRadio, moveTo, onPage, openGroup, settle, shoot } from './page.mjs';
import { isNightly, nightlyOnly, perTier } from './tier.mjs';
import { catalog, city, json } from './tiles.mjs';

const skipped = { skip: skip('coverage') };
const tableOf = (name) => json(catalog.tables.find((table) => table.name === name).url);
const tables = await Promise.all(catalog.cities.map(({ key }) => tableOf(`vendors/${key}`)));
const grid = await tableOf(`coverage-grid/${city.key}`);

/** Every vendor of every city, decoded independently from the tables. */
const vendors = tables.flatMap(({ columns, lines, grades, count }) =>
  Array.from({ length: count }, (_, i) => ({
    lng: columns.lng_e7[i] / 1e7,
    lat: columns.lat_e7[i] / 1e7,
    radius: columns.radius_m[i],
    line: lines[columns.line[i]],
    grade: grades[columns.grade[i]],
    isDefault: columns.status[i] === 5 && columns.visible[i] === 1,
    open: columns.open[i],
  })),
);

function distanceM(a, b) {
  const rad = Math.PI / 180;
  const [dLat, dLng] = [((b.lat - a.lat) * rad) / 2, ((b.lng - a.lng) * rad) / 2];
  const root = Math.sin(dLat) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLng) ** 2;
  return 2 * 6_371_008.8 * Math.asin(Math.sqrt(root));
}

/** The centre of the cell of zoom 12 that contains a position. */
function cellMiddle([lng, lat]) {
  const side = 2 ** 18;
  const column = Math.floor(((lng + 180) / 360) * side);
  const phi = (lat * Math.PI) / 180;
  const row = Math.floor(((1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2) * side);
  const north = Math.PI * (1 - (2 * (row + 0.5)) / side);
  return { lng: ((column + 0.5) / side) * 360 - 180, lat: (Math.atan(Math.sinh(north)) * 180) / Math.PI };
}

const GRADE_KM = { 'A+': 4.1, A: 4, 'A-': 4, B: 3.5, 'B-': 3.5, C: 3, 'C-': 3, D: 2, 'D-': 2, E: 1.5, 'E-': 1.5, F: 1 };

/** The expected popup at a position for these vendors and radii. */
function expectedAt(place, radiusOf, passes = ({ isDefault }) => isDefault) {
  const middle = cellMiddle(place);
  const covering = vendors.filter((vendor) => passes(vendor) && distanceM(vendor, middle) <= radiusOf(vendor));
  const count = (of) => covering.filter(of).length;
  return {
    total: covering.length,
    byLine: grid.lines.map((line) => count((vendor) => vendor.line === line)),
    byGrade: Object.fromEntries(tables[0].grades.map((grade) => [grade, count((vendor) => vendor.grade === grade)])),
  };
}

async function assertFacts(page, expected, what) {
  const wanted = {
    total: expected.total,
    ...Object.fromEntries(expected.byLine.map((n, i) => [`l${i}`, n])),
    ...Object.fromEntries(Object.entries(expected.byGrade).map(([grade, n]) => [`grade:${grade}`, n])),
  };
  // Waits for late rows; wrong values fail the assertions.
  await page
    .waitForFunction((numbers) => {
      const rows = [...document.querySelectorAll('.cell[data-overlay=coverage] [data-fact]')];
      const found = Object.fromEntries(rows.map(({ dataset }) => [dataset.fact, Number(dataset.value)]));
      return Object.entries(numbers).every(([name, n]) => (found[name] ?? 0) === n);
    }, wanted)
    .catch(() => {});
  const found = await page
    .locator('.cell[data-overlay=coverage] [data-fact]')
    .evaluateAll((rows) => Object.fromEntries(rows.map(({ dataset }) => [dataset.fact, dataset.value])));
  for (const [name, n] of Object.entries(wanted)) assert.equal(Number(found[name] ?? 0), n, `${what}: ${name}`);
  expected.byLine.forEach((n, i) => {
    if (found[`t${i}`] === undefined) return;
    const target = Number(found[`t${i}`]);
    assert.equal(Number(found[`r${i}`]), target === 0 ? 2 : n / target, `${what}: ratio of line ${i}`);
  });
}

const counted = (page) => page.locator('[data-counted]').getAttribute('data-counted');
const place = city.center;

test('each radius mode and any filter recomputes coverage, and the popup shows the result of the rule', {
  ...skipped,
  timeout: 600_000,
}, async () => {
  await onPage({ hash: '#lang=en&density=off&over=coverage&line=all', asDefault: true }, async (page) => {
    await moveTo(page, { lng: place[0], lat: place[1], zoom: 13 });
    await openGroup(page, 'coverage');
    await openGroup(page, 'vendors');
    assert.equal(await counted(page), 'published');
    await factsAt(page, place);
    await assertFacts(
      page,
      expectedAt(place, ({ radius }) => radius),
      'published',
    );

    await chooseRadio(page, 'radius-mode', 'fixed');
    await assertFacts(
      page,
      expectedAt(place, () => 3000),
      'fixed 3 km',
    );
    assert.equal(await counted(page), 'here');
    // The drawn cell has the same number as the popup.
    const drawn = () =>
      page.evaluate(([lng, lat]) => {
        const { map } = window.foodmap;
        return map.queryRenderedFeatures(map.project([lng, lat]), { layers: ['coverage'] })[0]?.properties.total;
      }, place);
    await settle(page);
    assert.equal(await drawn(), expectedAt(place, () => 3000).total);

    if (isNightly) {
      await page.locator('[data-choice=radius-fixed] input').focus();
      await page.keyboard.press('End');
      await assertFacts(
        page,
        expectedAt(place, () => 10_000),
        'fixed 10 km',
      );
      await page.keyboard.press('Home');
      await assertFacts(
        page,
        expectedAt(place, () => 500),
        'fixed 0.5 km',
      );
    }

    await chooseRadio(page, 'radius-mode', 'grade');
    const byGrade = ({ grade }) => (GRADE_KM[grade] ?? 1.5) * 1000;
    await assertFacts(page, expectedAt(place, byGrade), 'by grade');
    await shoot(page, 'coverage-by-grade');

    await chooseRadio(page, 'radius-mode', 'sliders');
    if (isNightly) {
      await page.locator('[data-choice="radius-A+"] input').focus();
      await page.keyboard.press('End');
      const slid = (vendor) => (vendor.grade === 'A+' ? 8000 : byGrade(vendor));
      await assertFacts(page, expectedAt(place, slid), 'A+ at 8 km');
      assert.match(decodeURIComponent(page.url()), /delivery=A\+:8/);
    }

    await page.locator('[data-reset=radius]').click();
    await assertFacts(
      page,
      expectedAt(place, ({ radius }) => radius),
      'own radii again',
    );
    assert.equal(await counted(page), 'published');
    await page.locator('[data-choice=radius-percent] input').focus();
    for (let i = 0; i < 10; i += 1) await page.keyboard.press('ArrowLeft');
    await assertFacts(
      page,
      expectedAt(place, ({ radius }) => radius / 2),
      'half of their own',
    );

    // Other vendors, with the current radii.
    await chooseRadio(page, 'vendor-open', 'yes');
    const openNow = ({ isDefault, open }) => isDefault && open === 1;
    await assertFacts(
      page,
      expectedAt(place, ({ radius }) => radius / 2, openNow),
      'those that are open',
    );
    if (!isNightly) return;
    await page.reload();
    // Published tiles are drawn until the vendors have loaded.
    await page.waitForSelector('[data-counted=here]');
    await settle(page);
    await factsAt(page, place);
    await assertFacts(
      page,
      expectedAt(place, ({ radius }) => radius / 2, openNow),
      'from the address',
    );
  });
});

test('while a slider moves the map keeps its picture, then shows the last value', {
  ...skipped,
  timeout: 600_000,
}, async () => {
  // Each step is 0.1 km.
  const [from, steps] = perTier(['2.3km', 3], ['5km', 30]);
  await onPage(
    { hash: `#lang=fa&theme=night&density=off&over=coverage&delivery=${from}&line=Restaurant`, asDefault: true },
    async (page) => {
      await moveTo(page, { lng: place[0], lat: place[1], zoom: 12 });
      await openGroup(page, 'vendors');
      await page.locator('[data-choice=radius-fixed] input').focus();
      const cells = () =>
        page.evaluate(() => window.foodmap.map.queryRenderedFeatures({ layers: ['coverage'] }).length);
      const before = await cells();
      assert.ok(before > 500, `${before} cells in view`);
      for (let i = 0; i < steps; i += 1) {
        // The Down key decreases the value in both text directions.
        await page.keyboard.press('ArrowDown');
        assert.ok((await cells()) > 0, `cells after ${i + 1} steps`);
      }
      assert.match(page.url(), /delivery=2km/);
      // The last response takes as long as a count and a frame.
      await page.waitForFunction(
        ([at, wanted]) => {
          const { map } = window.foodmap;
          return map.queryRenderedFeatures(map.project(at), { layers: ['coverage'] })[0]?.properties.total === wanted;
        },
        [place, expectedAt(place, () => 2000).total],
      );
      await shoot(page, 'coverage-live-fa-night');
    },
  );
});

// In the tier change, styles/overlays.test.ts proves this.
test('cells have the chosen opacity, size and blur, and can be reset to squares', nightlyOnly(skipped), async () => {
  await onPage({ hash: '#lang=en&density=off&over=coverage', asDefault: true }, async (page) => {
    await moveTo(page, { lng: place[0], lat: place[1], zoom: 12 });
    await openGroup(page, 'coverage');
    const layer = () => page.evaluate(() => window.foodmap.map.getStyle().layers.find(({ id }) => id === 'coverage'));
    await page.locator('[data-choice=cover-opacity] input').focus();
    await page.keyboard.press('Home');
    assert.deepEqual([(await layer()).type, (await layer()).paint['fill-opacity']], ['fill', 0.1]);
    await page.locator('[data-choice=cover-blur] input').focus();
    await page.keyboard.press('End');
    await settle(page);
    assert.deepEqual([(await layer()).type, (await layer()).paint['circle-blur']], ['circle', 1]);
    assert.ok(
      (await page.evaluate(() => window.foodmap.map.queryRenderedFeatures({ layers: ['coverage'] }).length)) > 500,
    );
    assert.match(page.url(), /cover-opacity=0.1&cover-blur=1/);
    await page.locator('[data-reset=coverage-appearance]').click();
    assert.equal((await layer()).type, 'fill');
  });
});
