// The target gap by area: the table, its files and the colours, against an independent count.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import readWorkbook from 'read-excel-file/node';
import { skip } from './overlay.mjs';
import { assertAccessible, bytesOf, follow, onPage, openGroup, settle, shoot } from './page.mjs';
import { catalog, city, json } from './tiles.mjs';

const options = { skip: skip('coverage'), timeout: 600_000 };
const LINE = 'Bakery';
const grid = await json(catalog.tables.find(({ name }) => name === `coverage-grid/${city.key}`).url);
const line = grid.lines.indexOf(LINE);
const tables = await Promise.all(
  catalog.tables.filter(({ name }) => name.startsWith('vendors/')).map(({ url }) => json(url)),
);
const vendors = tables.flatMap(({ columns, lines, count }) =>
  Array.from({ length: count }, (_, i) => ({
    isCounted: lines[columns.line[i]] === LINE && columns.status[i] === 5 && columns.visible[i] === 1,
    radius: columns.radius_m[i],
    at: [columns.lng_e7[i] / 1e7, columns.lat_e7[i] / 1e7],
  })).filter(({ isCounted }) => isCounted),
);

/** The spherical law of cosines, in metres. */
function distance([lng, lat], [toLng, toLat]) {
  const [a, b, d] = [lat, toLat, toLng - lng].map((degrees) => (degrees * Math.PI) / 180);
  return 6_371_008.8 * Math.acos(Math.min(Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(d), 1));
}

/** The centres of the cells of an area, by its index in the grid. */
function centresOf(area) {
  const centres = [];
  let cell = 0;
  for (let run = 0; run < grid.runs.length; run += 2) {
    for (let i = 0; grid.runs[run] === area && i < grid.runs[run + 1]; i += 1) {
      const side = 2 ** grid.level;
      const x = grid.first_column + ((cell + i) % grid.columns);
      const y = grid.first_row + Math.floor((cell + i) / grid.columns);
      const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + 0.5)) / side))) * 180) / Math.PI;
      centres.push([((x + 0.5) / side) * 360 - 180, lat]);
    }
    cell += grid.runs[run + 1];
  }
  return centres;
}

/** Covering vendors of each cell, counted one by one. */
function gapOf(area) {
  const target = grid.targets[area][line];
  const counts = centresOf(area)
    .map((centre) => vendors.filter(({ at, radius }) => distance(at, centre) <= radius).length)
    .sort((a, b) => a - b);
  const middle = counts.length / 2;
  const median = (counts[Math.ceil(middle) - 1] + counts[Math.floor(middle)]) / 2;
  return { id: grid.areas[area], target, median, below: counts.filter((count) => count < target).length };
}

const withTarget = grid.areas.map((_, i) => i).filter((i) => (grid.targets[i]?.[line] ?? null) !== null);
/** Counting one by one is slow, so the smallest areas are compared. */
const compared = withTarget
  .toSorted((a, b) => centresOf(a).length - centresOf(b).length)
  .slice(0, 6)
  .map(gapOf);

const rowsOf = (page) =>
  page.locator('.area-gaps tbody tr').evaluateAll((rows) =>
    rows.map(({ dataset: { area, target, median, below } }) => ({
      id: Number(area),
      target: Number(target),
      median: Number(median),
      below: Number(below),
    })),
  );

async function saved(page, kind) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`[data-action=gaps-${kind}]`).click(),
  ]);
  assert.match(
    download.suggestedFilename(),
    new RegExp(`^foodmap-target-gap-${city.key}-bakery-[-\\d]{10}\\.${kind}$`),
  );
  return bytesOf(download);
}

test('the table has target, median and cells below target of each area, sorts, and is saved', options, async () => {
  await onPage({ hash: `#lang=en&density=off&over=coverage&line=${LINE}`, asDefault: true }, async (page) => {
    await openGroup(page, 'coverage');
    await page.locator('[data-gaps=areas]').click();
    await page.locator('.area-gaps tbody tr').first().waitFor();
    const rows = await rowsOf(page);
    assert.equal(rows.length, withTarget.length);
    for (const expected of compared)
      assert.deepEqual(
        rows.find(({ id }) => id === expected.id),
        expected,
      );
    const below = rows.map((row) => row.below);
    assert.deepEqual(
      below,
      below.toSorted((a, b) => b - a),
      'the largest gap is first',
    );
    await page.locator('[data-sort=target]').click();
    const targets = (await rowsOf(page)).map(({ target }) => target);
    assert.deepEqual(
      targets,
      targets.toSorted((a, b) => b - a),
    );
    const csv = (await saved(page, 'csv')).toString('utf8');
    assert.equal(csv.trim().split('\r\n').length, rows.length + 1);
    const [sheet] = await readWorkbook(await saved(page, 'xlsx'));
    assert.deepEqual(
      sheet.data.slice(1).map(([, target]) => target),
      targets,
    );
    await assertAccessible(page, 'target gap by area');
    await shoot(page, 'area-gaps-en');
  });
});

test('areas are coloured by their cells below target, and the best locations have numbered pins', options, async () => {
  const hash = `#lang=fa&theme=night&density=off&over=areas&fill=gap&line=${LINE}`;
  await onPage({ hash, asDefault: true }, async (page) => {
    await page.waitForFunction(() => document.querySelectorAll('.corner [data-stat=gap] li').length > 2);
    await openGroup(page, 'areas');
    const row = page.locator('[data-area][data-value]').first();
    await row.waitFor();
    const [id, value] = [await row.getAttribute('data-area'), await row.getAttribute('data-value')];
    const area = withTarget.find((i) => grid.areas[i] === Number(id));
    assert.equal(Number(value), gapOf(area).below);
    await shoot(page, 'area-gaps-colours-fa');
    await follow(
      page,
      '#lang=fa&theme=night&density=off&over=areas&fill=gap&line=all&vendor-status=5&vendor-visible=yes',
    );
    await page.locator('[data-unavailable=line]').first().waitFor();
    await follow(page, `#lang=fa&density=off&over=coverage&line=${LINE}&vendor-status=5&vendor-visible=yes`);
    await openGroup(page, 'coverage');
    await page.locator('[data-gaps=find]').click();
    await page.locator('.gap').first().waitFor();
    assert.equal(await page.locator('.number-pin').count(), await page.locator('.gap').count());
    await settle(page);
    await shoot(page, 'gap-pins-fa');
  });
});
