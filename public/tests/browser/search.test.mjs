import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf, published, skip } from './overlay.mjs';
import { onPage, shoot } from './page.mjs';
import { asJson, startProxy } from './proxy.mjs';
import { catalog, city, json } from './tiles.mjs';

const centreOf = (page) => page.evaluate(() => window.foodmap.map.getCenter().toArray());
const rests = (page) => page.waitForFunction(() => !window.foodmap.map.isMoving());

async function find(page, typed) {
  const box = page.getByRole('combobox').and(page.locator('.finder-input'));
  await box.fill(typed);
  return box;
}

function assertNear([lng, lat], [toLng, toLat], what) {
  assert.ok(Math.abs(lng - toLng) < 2e-3 && Math.abs(lat - toLat) < 2e-3, `${what}: ${lng}, ${lat}`);
}

/** Asserts that the panel is whole, that the place is marked and not covered, and that the map stands still. */
async function assertPointsAt(page, place) {
  await rests(page);
  await page.waitForFunction((place) => {
    const { map } = window.foodmap;
    const frame = map.getContainer().getBoundingClientRect();
    const [panel, ring] = ['.side-panel', '.ring'].map((part) => document.querySelector(part)?.getBoundingClientRect());
    const isRinged =
      !ring ||
      Math.hypot(
        map.project(place).x - (ring.left + ring.right) / 2,
        map.project(place).y - (ring.top + ring.bottom) / 2,
      ) < 3;
    const { x, y } = map.project(place);
    const isCovered = x > panel.left && x < panel.right && y > panel.top && y < panel.bottom;
    const isWhole =
      panel.left >= frame.left && panel.right <= frame.right && panel.top >= frame.top && panel.bottom <= frame.bottom;
    return isRinged && isWhole && !isCovered && !map.isMoving();
  }, place);
}

async function assertMarked(page, [lng, lat]) {
  const [at, pin] = await page.evaluate(
    ([x, y]) => {
      const { left, right, bottom } = document.querySelector('.mark').getBoundingClientRect();
      const point = window.foodmap.map.project([x, y]);
      return [
        [point.x, point.y],
        [(left + right) / 2, bottom],
      ];
    },
    [lng, lat],
  );
  assert.ok(Math.abs(at[0] - pin[0]) < 2 && Math.abs(at[1] - pin[1]) < 2, `the pin stands at ${pin}, not at ${at}`);
}

test('a location is found by Persian digits and flown to, and its pin is part of the URL', async () => {
  const [lng, lat] = [51.4321, 35.7456];
  await onPage({ hash: '#lang=fa' }, async (page) => {
    const box = await find(page, '۳۵٫۷۴۵۶، ۵۱٫۴۳۲۱');
    await page.waitForSelector('[data-found=place]');
    await box.press('Enter');
    await page.waitForSelector('.mark');
    await rests(page);
    assertNear(await centreOf(page), [lng, lat], 'centre');
    await assertMarked(page, [lng, lat]);
    await shoot(page, 'search-place-fa');
    await page.reload();
    await page.waitForSelector('.mark');
    await rests(page);
    await assertMarked(page, [lng, lat]);
    await page.getByRole('button', { name: 'پاک کردن جست‌وجو و نشانه' }).click();
    await page.waitForSelector('.mark', { state: 'detached' });
    assert.doesNotMatch(page.url(), /mark=/);
  });
});

test('a vendor is found by its code, and its popup shows the attributes of the table', {
  skip: skip('vendors'),
}, async () => {
  const { columns, count } = await json(catalog.tables.find(({ name }) => name === `vendors/${city.key}`).url);
  const row = Math.floor(count / 3);
  const place = [columns.lng_e7[row] / 1e7, columns.lat_e7[row] / 1e7];
  const shown = columns.code.filter((code) => code === columns.code[row]).length;
  await onPage({}, async (page) => {
    const box = await find(page, columns.code[row]);
    await page.waitForSelector('[data-found=vendor]');
    const options = await page.locator('[data-found=vendor]').allInnerTexts();
    assert.ok(
      options.slice(0, shown).every((option) => option.includes(columns.code[row])),
      options[0],
    );
    await shoot(page, 'search-vendor');
    // For a code on both platforms, the first vendor.
    if (shown > 1) return;
    await box.press('Enter');
    await page.waitForSelector('.cell[data-overlay=vendors]');
    await assertPointsAt(page, place);
    const fact = (name) => page.locator(`.cell [data-fact=${name}]`).getAttribute('data-value');
    assert.equal(await fact('code'), columns.code[row]);
    assert.equal(Number(await fact('radius_m')), columns.radius_m[row]);
    assert.match(page.url(), /over=vendors/);
  });
});

test('an area is found by a name in other letters, chosen by arrow keys, and shown whole', {
  skip: skip('areas'),
}, async () => {
  const labels = await featuresOf('areas', 'area-labels', 12);
  const area = labels.find(({ kind, name }) => kind === 'neighbourhood' && /[یک]/.test(name));
  await onPage({ hash: '#lang=en' }, async (page) => {
    const arabic = area.name.replaceAll('ی', 'ي').replaceAll('ک', 'ك').replaceAll('\u200c', ' ');
    const box = await find(page, arabic);
    await page.waitForSelector('[data-found=area]');
    const names = await page.locator('.found-option .found-name').allInnerTexts();
    const at = names.indexOf(area.name);
    assert.ok(at >= 0, `${area.name} is not among ${names.join(', ')}`);
    for (let i = 0; i < at; i += 1) await box.press('ArrowDown');
    const active = await box.getAttribute('aria-activedescendant');
    assert.match(await page.locator(`[id="${active}"]`).innerText(), new RegExp(`^${area.name}`));
    await box.press('Enter');
    await page.waitForSelector('.cell[data-overlay=areas]');
    await rests(page);
    const isInside = await page.evaluate(
      ([lng, lat]) => window.foodmap.map.getBounds().contains([lng, lat]),
      area.place,
    );
    assert.ok(isInside);
    assert.match(page.url(), /over=areas/);
    assert.match(page.url(), /areas=neighbourhood/);
    await shoot(page, 'search-area');
  });
});

test('an empty result is announced, and Escape leaves the search box', async () => {
  await onPage({}, async (page) => {
    const box = await find(page, 'qqqq');
    await page.waitForFunction(() => /Nothing in this city/.test(document.querySelector('.finder').innerText));
    await box.press('Escape');
    assert.equal(await box.inputValue(), '');
  });
});

test('the map is fitted to the filtered vendors, and only on request', {
  skip: skip('vendors'),
}, async () => {
  const { columns, lines } = await json(catalog.tables.find(({ name }) => name === `vendors/${city.key}`).url);
  const line = published('vendors') && lines[columns.line[0]];
  const rows = columns.code.map((_, i) => i).filter((i) => lines[columns.line[i]] === line);
  const [lngs, lats] = [columns.lng_e7, columns.lat_e7].map((values) => rows.map((i) => values[i] / 1e7));
  await onPage({ hash: `#lang=en&density=off&over=vendors&vendor-line=${encodeURIComponent(line)}` }, async (page) => {
    await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]');
    const before = await centreOf(page);
    assertNear(before, city.center, 'before');
    await page.getByRole('button', { name: 'Fit to data' }).click();
    await page.waitForFunction(([lng, lat]) => {
      const [x, y] = window.foodmap.map.getCenter().toArray();
      return Math.abs(x - lng) + Math.abs(y - lat) > 1e-4 && !window.foodmap.map.isMoving();
    }, before);
    const box = await page.evaluate(() => window.foodmap.map.getBounds().toArray().flat());
    assert.ok(box[0] <= Math.min(...lngs) && box[2] >= Math.max(...lngs), `${box}`);
    assert.ok(box[1] <= Math.min(...lats) && box[3] >= Math.max(...lats), `${box}`);
  });
});

test('addresses come from the configured geocoder, and without one nothing typed leaves the page', async () => {
  const [lng, lat] = city.center;
  let geocoder;
  const asked = [];
  const server = await startProxy((path) => {
    if (path === '/config.json') return asJson({ city: city.key, ...(geocoder ? { geocoder } : {}) });
    if (!path.startsWith('/geocode')) return null;
    asked.push(new URL(path, 'http://map').searchParams.get('q'));
    return asJson([{ lat: String(lat), lon: String(lng), display_name: 'Azadi Street 12' }]);
  });
  try {
    for (const template of [undefined, '/geocode?q={query}']) {
      geocoder = template;
      await onPage({ url: server.url, hash: '#lang=en', asDefault: true }, async (page) => {
        await page.locator('.finder-input').fill('Azadi 12');
        if (!template) {
          await page.waitForTimeout(900);
          assert.deepEqual(asked, []);
          return;
        }
        await page.locator('[data-found=address]').click();
        await page.locator('.mark').waitFor();
        assert.deepEqual(asked, ['Azadi 12']);
        const mark = new URLSearchParams(new URL(page.url()).hash.slice(1)).get('mark').split('/').map(Number);
        assert.ok(Math.abs(mark[0] - lat) < 1e-4 && Math.abs(mark[1] - lng) < 1e-4, String(mark));
      });
    }
  } finally {
    await server.stop();
  }
});
