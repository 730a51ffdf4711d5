import assert from 'node:assert/strict';
import { test } from 'node:test';
import readWorkbook from 'read-excel-file/node';
import { factsAt, featuresOf, skip } from './overlay.mjs';
import { assertAccessible, bytesOf, chooseOption, moveTo, onPage, openGroup, settle, shoot } from './page.mjs';
import { nightlyUnless } from './tier.mjs';
import { catalog, city, json } from './tiles.mjs';

const skipped = { skip: skip('vendors'), timeout: 600_000 };
const listed = await json(catalog.tables.find(({ name }) => name === `vendors/${city.key}`).url);
const { columns, lines, grades, platforms } = listed;

/** The vendors of the table, decoded independently. */
const vendors = Array.from({ length: listed.count }, (_, i) => ({
  code: columns.code[i],
  name: columns.name[i],
  platform: platforms[columns.platform[i]],
  line: lines[columns.line[i]],
  grade: grades[columns.grade[i]],
  status: columns.status[i],
  visible: columns.visible[i],
  isDual: columns.is_dual[i] === 1,
  row: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]])),
}));
const defaults = vendors.filter(({ status, visible }) => status === 5 && visible === 1);

const OF_TYPE = {
  any: () => true,
  tapsifood: ({ platform }) => platform === 'tapsifood',
  snappfood: ({ platform }) => platform === 'snappfood',
  'snappfood-alone': ({ platform, isDual }) => platform === 'snappfood' && !isDual,
  combined: ({ platform, isDual }) => platform === 'tapsifood' || !isDual,
};
const NAMES = {
  any: 'Both platforms',
  tapsifood: 'Tapsifood',
  snappfood: 'Snappfood',
  'snappfood-alone': 'Snappfood only',
  combined: 'Both platforms, without duplicates',
};

const shown = async (page) =>
  Number(await page.locator('[data-group=vendors] [role=status][aria-busy=false]').getAttribute('data-shown'));

test('each vendor type shows its vendors and their number, and is part of the URL', skipped, async () => {
  await onPage({ hash: '#lang=en&density=off&over=vendors&circles=off', asDefault: true }, async (page) => {
    await openGroup(page, 'vendors');
    const counts = Object.fromEntries(
      Object.entries(OF_TYPE).map(([type, passes]) => [type, defaults.filter(passes).length]),
    );
    for (const type of ['tapsifood', 'snappfood', 'snappfood-alone', 'combined', 'any']) {
      await chooseOption(page, 'vendor-type', `${NAMES[type]} (${counts[type].toLocaleString('en')})`);
      assert.equal(await shown(page), counts[type], type);
      if (type !== 'any') assert.match(page.url(), new RegExp(`vendor-type=${type}(&|$)`));
      // The type without duals has no filter for both platforms.
      const fields = await page.locator('[data-choice=vendor-is_dual]').count();
      assert.equal(fields, type === 'snappfood-alone' ? 0 : 1, type);
    }
  });
});

test('the popup of a vendor shows every field of its table', skipped, async () => {
  const drawn = await featuresOf('vendors', 'vendors', 12);
  const [feature] = drawn.filter(({ code, platform }) => {
    const vendor = vendors.find((one) => one.code === code && one.platform === platform);
    return vendor && defaults.includes(vendor) && vendor.row.availability !== null;
  });
  const { row } = vendors.find(({ code, platform }) => code === feature.code && platform === feature.platform);
  const hash = `#lang=fa&density=off&over=vendors&circles=off&vendor-code=${feature.code}&delivery=grade`;
  await onPage({ hash, asDefault: true }, async (page) => {
    await moveTo(page, { lng: feature.place[0], lat: feature.place[1], zoom: 15 });
    const facts = await factsAt(page, feature.place);
    assert.equal(facts.code, row.code);
    assert.equal(facts.platform, platforms[row.platform]);
    assert.equal(facts.line, lines[row.line]);
    assert.equal(facts.grade, grades[row.grade]);
    assert.equal(Number(facts.radius_m), row.radius_m);
    assert.ok(Number(facts.counted_m) > 0);
    for (const name of [
      'status',
      'vendor_status',
      'visible',
      'open',
      'is_express',
      'is_dual',
      'own_delivery',
      'ofood_delivery',
      'availability',
    ]) {
      assert.equal(facts[name] === undefined ? null : Number(facts[name]), row[name], name);
    }
    assert.ok(Math.abs(Number(facts.lat) - row.lat_e7 / 1e7) < 1e-9);
    assert.ok(Math.abs(Number(facts.lng) - row.lng_e7 / 1e7) < 1e-9);
    // In Persian too, coordinates can be copied into any other map.
    for (const [name, value] of [
      ['lat', row.lat_e7],
      ['lng', row.lng_e7],
    ]) {
      const written = await page.locator(`.cell [data-fact=${name}] dd`).innerText();
      assert.match(written, /^\d+\.\d+$/);
      assert.ok(Math.abs(Number(written) - value / 1e7) < 1e-5, written);
    }
    for (const kind of ['marketing', 'region', 'neighbourhood']) {
      const ids = row[kind].map((at) => listed.areas[at]);
      assert.deepEqual((facts[kind] ?? '').split(' ').filter(Boolean).map(Number).sort(), ids.sort(), kind);
    }
    await shoot(page, 'vendor-popup');
  });
});

test('circles can be switched off and on, and points can be enlarged', skipped, async () => {
  const { code } = defaults[0];
  await onPage({ hash: `#lang=en&density=off&over=vendors&vendor-code=${code}`, asDefault: true }, async (page) => {
    await openGroup(page, 'vendors');
    const layer = (id) =>
      page.evaluate((name) => window.foodmap.map.getStyle().layers.find((one) => one.id === name), id);
    assert.equal((await layer('vendor-radius')).type, 'line');
    await page.locator('[data-choice=radii]').click();
    assert.equal(await layer('vendor-radius'), undefined);
    assert.match(page.url(), /circles=off/);
    await page.locator('[data-choice=marker] input').focus();
    await page.keyboard.press('End');
    assert.equal((await layer('vendors')).paint['circle-radius'][1], 3);
    assert.match(page.url(), /marker=3/);
  });
});

for (const [lang, theme] of [
  ['en', 'day'],
  ['fa', 'night'],
]) {
  const options = nightlyUnless(lang === 'fa', skipped);
  test(`the table lists the filtered vendors, sorts them and flies to one by keyboard (${lang})`, options, async () => {
    const hash = `#lang=${lang}&theme=${theme}&density=off&over=vendors&circles=off&vendor-line=Bakery&table=on`;
    const wanted = defaults.filter(({ line }) => line === 'Bakery');
    await onPage({ hash, asDefault: true }, async (page) => {
      const grid = page.locator('.vendor-rows');
      await grid.waitFor();
      assert.equal(Number(await grid.getAttribute('aria-rowcount')), wanted.length + 1);
      const first = () => page.locator('.vendor-rows [data-column=code]').first().getAttribute('data-value');
      const codes = wanted.map(({ code }) => code).sort((a, b) => a.localeCompare(b, 'en'));
      const head = page.getByRole('columnheader').nth(1);
      await head.click();
      assert.equal(await head.getAttribute('aria-sort'), 'ascending');
      assert.equal(await first(), codes[0]);
      await head.click();
      assert.equal(await head.getAttribute('aria-sort'), 'descending');
      assert.equal(await first(), codes.at(-1));
      // Only the visible rows are in the document.
      assert.ok((await page.locator('.vendor-rows [data-column=code]').count()) < 60);
      await shoot(page, `vendor-table-${lang}`);
      await assertAccessible(page, `the table of vendors, ${lang}`);
      await page.locator('.vendor-rows [role=row]').nth(1).focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('.cell[data-overlay=vendors]');
      assert.equal(await page.locator('.cell [data-fact=code]').getAttribute('data-value'), codes.at(-1));
    });
  });
}

/** RFC 4180. */
function readCsv(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

async function saved(page, kind) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`[data-action=${kind}]`).click()]);
  assert.match(
    download.suggestedFilename(),
    new RegExp(`^foodmap-vendors-${city.key}-\\d{4}-\\d\\d-\\d\\d\\.${kind}$`),
  );
  return bytesOf(download);
}

test(
  'the filtered vendors are saved as CSV and as a workbook, and optionally only those in view',
  skipped,
  async () => {
    const hash = '#lang=en&density=off&over=vendors&circles=off&vendor-line=Cafe&vendor-type=tapsifood';
    const wanted = defaults.filter(({ line, platform }) => line === 'Cafe' && platform === 'tapsifood');
    const codes = (list) => list.map(({ code }) => code).sort();
    await onPage({ hash, asDefault: true }, async (page) => {
      await openGroup(page, 'vendors');
      await page.waitForSelector('[data-action=csv]:not([disabled])');
      const csv = (await saved(page, 'csv')).toString('utf8');
      assert.equal(csv[0], '\uFEFF');
      const [head, ...rows] = readCsv(csv.slice(1));
      assert.deepEqual(rows.map((row) => row[head.indexOf('Code')]).sort(), codes(wanted));

      const sheets = await readWorkbook(await saved(page, 'xlsx'));
      assert.deepEqual(
        sheets.map(({ sheet }) => sheet),
        ['Vendors', 'Applied Filters', 'Summary'],
      );
      const [[labels, ...vendorRows], filters, [, all, ...counted]] = sheets.map(({ data }) => data);
      const at = labels.indexOf('Code');
      assert.ok(vendorRows.every((row) => typeof row[at] === 'string'));
      assert.deepEqual(vendorRows.map((row) => row[at]).sort(), codes(wanted));
      assert.match(filters.flat().join(), /Cafe/);
      assert.deepEqual(all, ['All', null, wanted.length]);
      for (const grade of grades) {
        const [, , n = 0] = counted.find(([by, value]) => by === 'Grade' && value === grade) ?? [];
        assert.equal(n, wanted.filter((vendor) => vendor.grade === grade).length, grade);
      }

      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 13.5 });
      await page.locator('[data-choice=export-view]').click();
      const box = await page.evaluate(() => window.foodmap.map.getBounds().toArray().flat());
      const inView = wanted.filter(({ row }) => {
        const [lng, lat] = [row.lng_e7 / 1e7, row.lat_e7 / 1e7];
        return lng >= box[0] && lng <= box[2] && lat >= box[1] && lat <= box[3];
      });
      const [viewHead, ...viewRows] = readCsv((await saved(page, 'csv')).toString('utf8').slice(1));
      assert.deepEqual(viewRows.map((row) => row[viewHead.indexOf('Code')]).sort(), codes(inView));
      assert.ok(inView.length > 0 && inView.length < wanted.length);
    });
  },
);

test('coverage gaps are ranked, and pressing one flies there and opens the popup', skipped, async () => {
  const hash = '#lang=en&density=off&over=coverage&delivery=1.5km&line=Restaurant';
  await onPage({ hash, asDefault: true }, async (page) => {
    await openGroup(page, 'coverage');
    await page.locator('[data-gaps=find]').click();
    await page.waitForSelector('.gap');
    const missing = await page
      .locator('.gap')
      .evaluateAll((rows) => rows.map(({ dataset }) => Number(dataset.missing)));
    assert.deepEqual(
      missing,
      missing.toSorted((a, b) => b - a),
    );
    const gap = page.locator('.gap').first();
    const [lng, lat] = (await gap.getAttribute('data-place')).split(' ').map(Number);
    await gap.click();
    await page.waitForSelector('.cell[data-overlay=coverage]');
    await page.waitForFunction(
      ([x, y]) => {
        const { lng, lat } = window.foodmap.map.getCenter();
        return Math.abs(lng - x) < 0.01 && Math.abs(lat - y) < 0.01;
      },
      [lng, lat],
    );
    const line = lines.indexOf('Restaurant');
    const ratio = Number(await page.locator(`.cell [data-fact=r${line}]`).getAttribute('data-value'));
    assert.ok(ratio < 1, `ratio ${ratio}`);
    await settle(page);
    await shoot(page, 'coverage-gaps');
  });
});
