import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsAt, featuresOf, published, skip } from './overlay.mjs';
import { moveTo, onPage, openGroup, settle, shoot, toggleLine } from './page.mjs';
import { nightlyOnly, perTier } from './tier.mjs';
import { catalog, city, json } from './tiles.mjs';

/** The most isolated feature, so that a click is unambiguous. */
function mostIsolated(features) {
  const gap = ({ place: [lng, lat] }, among) =>
    Math.min(...among.map(({ place: [x, y] }) => (x - lng) ** 2 + (y - lat) ** 2));
  const spaced = features.map((feature) => [
    gap(
      feature,
      features.filter((other) => other !== feature),
    ),
    feature,
  ]);
  return spaced.toSorted((a, b) => b[0] - a[0])[0][1];
}

test('each overlay can be switched on, is drawn, and is part of the URL', async () => {
  await onPage({}, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12.3 });
    await openGroup(page, 'areas');
    const layers = { coverage: 'coverage', areas: 'areas-fill', population: 'population', vendors: 'vendors' };
    // In the tier change, quickMaps.test.mjs and coverage.test.mjs draw the others.
    for (const overlay of perTier(['population'], Object.keys(layers))) {
      const layer = layers[overlay];
      const box = page.locator(`[data-choice=overlays] input[value=${overlay}]`);
      if (!published(overlay)) {
        assert.equal(await box.count(), 0, `${overlay} is offered although it is not published`);
        continue;
      }
      await page.locator(`[data-choice=overlays] label:has(input[value=${overlay}])`).click();
      await page.waitForFunction(
        (id) =>
          window.foodmap.map.getLayer(id) && window.foodmap.map.queryRenderedFeatures({ layers: [id] }).length > 0,
        layer,
      );
      assert.match(new URL(page.url()).hash, new RegExp(`over=${overlay}`));
    }
    await settle(page);
    await shoot(page, 'overlays-all');
  });
});

// In the tier change, vendorTools.test.mjs compares every field of a popup.
test('the popup of a vendor shows its attributes', nightlyOnly({ skip: skip('vendors') }), async () => {
  const vendor = mostIsolated(await featuresOf('vendors', 'vendors', 12));
  await onPage({ hash: '#lang=fa&over=vendors' }, async (page) => {
    await moveTo(page, { lng: vendor.place[0], lat: vendor.place[1], zoom: 15 });
    const facts = await factsAt(page, vendor.place);
    assert.equal(facts.code, vendor.code);
    assert.equal(facts.line, vendor.line);
    assert.equal(Number(facts.radius_m), vendor.radius_m);
    if (vendor.name) assert.equal(await page.locator('.cell .name').textContent(), vendor.name);
    await shoot(page, 'overlay-vendor-fa');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.cell', { state: 'detached' });
  });
});

// In the tier change, coverage.test.mjs compares the popup of a published cell with the rule.
const cellOptions = nightlyOnly({ skip: skip('coverage') });
test('the popup of a coverage cell shows the attributes of its tile', cellOptions, async () => {
  const cells = await featuresOf('coverage', 'coverage', 12);
  const cell = cells.toSorted((a, b) => b.total - a.total)[0];
  const tileJson = await json(published('coverage').tilejson);
  await onPage({ hash: '#lang=en&over=coverage&line=all', asDefault: true }, async (page) => {
    await moveTo(page, { lng: cell.place[0], lat: cell.place[1], zoom: 12.5 });
    const facts = await factsAt(page, cell.place);
    assert.equal(Number(facts.total), cell.total);
    for (const name of Object.keys(cell).filter((key) => /^[ltr]\d+$/.test(key))) {
      assert.equal(Number(facts[name]), cell[name], name);
    }
    for (const [i, grade] of tileJson.grades.entries()) {
      assert.equal(Number(facts[`grade:${grade}`] ?? 0), cell[`g${i}`] ?? 0, `grade ${grade}`);
    }
    await shoot(page, 'overlay-coverage');
  });
});

// In the tier change, styles/overlays.test.ts proves this, and the test of the legend below chooses a line.
const ratioOptions = nightlyOnly({ skip: skip('coverage') });
test('coverage of one line is coloured by its ratio to the target', ratioOptions, async () => {
  const { lines } = await json(published('coverage').tilejson);
  const line = encodeURIComponent(lines.at(-1));
  await onPage({ hash: `#lang=fa&theme=night&over=coverage&over=areas&line=${line}` }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11.6 });
    const colour = await page.evaluate(() =>
      JSON.stringify(window.foodmap.map.getPaintProperty('coverage', 'fill-color')),
    );
    assert.match(colour, new RegExp(`"r${lines.length - 1}"`));
    await shoot(page, 'overlay-ratio-fa-night');
  });
});

/** The centre of a grid cell whose area has the target 0 for a line, and the line. */
async function zeroTarget() {
  const { url } = catalog.tables.find(({ name }) => name === `coverage-grid/${city.key}`);
  const grid = await json(url);
  const area = grid.targets.findIndex((targets) => targets?.includes(0));
  assert.ok(area >= 0, 'the map has no target 0');
  let [cell, run] = [0, 0];
  for (; grid.runs[run] !== area; run += 2) cell += grid.runs[run + 1];
  cell += Math.floor(grid.runs[run + 1] / 2);
  const side = 2 ** grid.level;
  const [x, y] = [grid.first_column + (cell % grid.columns), grid.first_row + Math.floor(cell / grid.columns)];
  const north = Math.PI * (1 - (2 * (y + 0.5)) / side);
  return {
    line: grid.targets[area].indexOf(0),
    name: grid.lines[grid.targets[area].indexOf(0)],
    place: [((x + 0.5) / side) * 360 - 180, (Math.atan(Math.sinh(north)) * 180) / Math.PI],
  };
}

test('where the target is 0 no ratio is shown, the popup and the legend say why, and the cell is neutral', {
  skip: skip('coverage'),
}, async () => {
  const { line, name, place } = await zeroTarget();
  const persian = ['fa', 'ندارد', /جایی که هدف صفر است نسبتی نیست/, /هدف صفر است/];
  const english = ['en', 'none', /Where the target is 0 there is no ratio/, /Target is 0/];
  for (const [lang, none, why, key] of perTier([persian], [english, persian])) {
    const hash = `#lang=${lang}&density=off&over=coverage&line=${encodeURIComponent(name)}`;
    await onPage({ hash, asDefault: true }, async (page) => {
      await moveTo(page, { lng: place[0], lat: place[1], zoom: 13.5 });
      const facts = await factsAt(page, place);
      assert.deepEqual([facts[`t${line}`], facts[`r${line}`]], ['0', '2']);
      assert.equal(await page.locator(`.cell [data-fact=r${line}]`).innerText(), none);
      assert.match(await page.locator('.cell [data-why=zero-target]').innerText(), why);
      const legend = page.locator('.corner [data-key=coverage] .zero-target');
      assert.match(await legend.innerText(), key);
      await shoot(page, `zero-target-${lang}`);
    });
  }
});

// In the tier change, coverage.test.mjs compares the grades in a popup with the rule.
const gradeOptions = nightlyOnly({ skip: skip('coverage') });
test('grades of one line are shown separately and add up to the vendors of that line', gradeOptions, async () => {
  const { lines } = await json(published('coverage').tilejson);
  const cells = await featuresOf('coverage', 'coverage', 12);
  const index = lines.indexOf('Restaurant');
  const cell = cells.toSorted((a, b) => (b[`l${index}`] ?? 0) - (a[`l${index}`] ?? 0))[0];
  await onPage({ hash: '#lang=fa&over=coverage&line=Restaurant', asDefault: true }, async (page) => {
    await moveTo(page, { lng: cell.place[0], lat: cell.place[1], zoom: 12.5 });
    const facts = await factsAt(page, cell.place);
    const grades = Object.entries(facts).filter(([name]) => name.startsWith('grade:'));
    assert.ok(grades.length > 1);
    assert.equal(
      grades.reduce((sum, [, vendors]) => sum + Number(vendors), 0),
      cell[`l${index}`],
    );
    await shoot(page, 'overlay-coverage-line-fa');
  });
});

test('the legend explains each overlay', async () => {
  await onPage(
    { hash: '#lang=en&density=off&over=coverage&over=areas&over=population&over=vendors&circles=off' },
    async (page) => {
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12.3 });
      const keys = await page
        .locator('.corner [data-key]')
        .evaluateAll((found) => found.map(({ dataset }) => dataset.key));
      assert.deepEqual(keys, ['vendors', 'population', 'areas', 'coverage']);
      const { people_per_dot: people } = await json(published('population').tilejson);
      const item = page.locator('.corner [data-key=population] li');
      assert.equal(Number(await item.getAttribute('data-from')), people[12]);
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 10.3 });
      assert.equal(Number(await item.getAttribute('data-from')), people[10]);
      const limits = () =>
        page
          .locator('.corner [data-key=coverage] li')
          .evaluateAll((rows) => rows.map((row) => Number(row.dataset.from)));
      assert.deepEqual(await limits(), [400, 200, 100, 40, 15, 5, 1, 0]);
      await shoot(page, 'overlay-legend');
      await toggleLine(page, 'Restaurant');
      assert.deepEqual(await limits(), [1.2, 1, 0.8, 0.6, 0.4, 0.2, 0, 0]);
    },
  );
});

// In the tier change, hover.test.mjs looks at the cursor.
const cursorOptions = nightlyOnly({ skip: skip('vendors') });
test('the cursor is a pointer over a vendor and not elsewhere', cursorOptions, async () => {
  const vendor = mostIsolated(await featuresOf('vendors', 'vendors', 12));
  await onPage({ hash: '#over=vendors&view=heat' }, async (page) => {
    await moveTo(page, { lng: vendor.place[0], lat: vendor.place[1], zoom: 15 });
    const at = await page.evaluate(([x, y]) => window.foodmap.map.project([x, y]), vendor.place);
    const cursor = () => page.evaluate(() => window.foodmap.map.getCanvas().style.cursor);
    await page.mouse.move(at.x, at.y);
    assert.equal(await cursor(), 'pointer');
    await page.mouse.move(at.x + 25, at.y + 25);
    assert.equal(await cursor(), '');
  });
});
