import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsAt, published, skip } from './overlay.mjs';
import {
  assertAccessible,
  chooseRadio,
  moveTo,
  onPage,
  openGroup,
  PHONE,
  settle,
  shoot,
  withOptions,
} from './page.mjs';
import { isNightly, nightlyOnly, perTier } from './tier.mjs';
import { catalog, city, json } from './tiles.mjs';

const skipped = { skip: skip('vendors') };
const listed = published('vendors')
  ? await json(catalog.tables.find(({ name }) => name === `vendors/${city.key}`).url)
  : null;

/** The vendors of the table, with the attribute names of tiles. */
const vendors = Array.from({ length: listed?.count ?? 0 }, (_, row) => {
  const at = (name) => listed.columns[name][row];
  return {
    code: at('code'),
    line: listed.lines[at('line')],
    grade: listed.grades[at('grade')],
    platform: listed.platforms[at('platform')],
    status: at('status'),
    open: at('open'),
    availability: at('availability'),
    place: [at('lng_e7') / 1e7, at('lat_e7') / 1e7],
  };
});

const vendorKey = ({ platform, code }) => `${platform} ${code}`;
const open = (page) => openGroup(page, 'vendors');
const chip = (page, facet, value) => page.locator(`[data-choice=vendor-${facet}] label:has(input[value="${value}"])`);

async function shown(page) {
  const { shown, all } = await page
    .locator('[data-group=vendors] [role=status][aria-busy=false]')
    .evaluate(({ dataset }) => ({ ...dataset }));
  return [Number(shown), Number(all)];
}

/** The codes of the vendors drawn well inside the view, and of those that the table has there. */
async function inView(page, passes) {
  await settle(page);
  const { drawn, box } = await page.evaluate(() => {
    const { map } = window.foodmap;
    const canvas = map.getCanvas();
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const corner = (x, y) => map.unproject([width * x, height * y]);
    const [low, high] = [corner(0.45, 0.7), corner(0.9, 0.3)];
    return {
      drawn: map
        .queryRenderedFeatures({ layers: ['vendors'] })
        .map(({ properties, geometry }) => ({ code: properties.code, place: geometry.coordinates })),
      box: [low.lng, low.lat, high.lng, high.lat],
    };
  });
  const within = ([lng, lat]) => lng > box[0] && lng < box[2] && lat > box[1] && lat < box[3];
  const codes = (list) => [...new Set(list.filter(({ place }) => within(place)).map(({ code }) => code))].sort();
  // Positions in tiles are rounded, so a vendor at the edge may be on either side.
  const slack = 1e-4;
  const onEdge = ({ place: [lng, lat] }) =>
    [lng - box[0], lng - box[2], lat - box[1], lat - box[3]].some((gap) => Math.abs(gap) < slack);
  const edge = new Set(vendors.filter(onEdge).map(({ code }) => code));
  const clear = (list) => codes(list).filter((code) => !edge.has(code));
  return { drawn: clear(drawn), expected: clear(vendors.filter(passes)) };
}

test('the vendor filter applies at once, has the counts of the table, and is part of the URL', skipped, async () => {
  await onPage(
    { hash: '#lang=en&density=off&over=vendors&circles=off', viewport: { width: 1300, height: 1000 } },
    async (page) => {
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11.9 });
      await open(page);
      assert.deepEqual(await shown(page), [vendors.length, vendors.length]);

      await chip(page, 'line', 'Cafe').click();
      await chip(page, 'line', 'Bakery').click();
      const isChosen = ({ line }) => ['Cafe', 'Bakery'].includes(line);
      assert.deepEqual(await shown(page), [vendors.filter(isChosen).length, vendors.length]);
      const byLine = await inView(page, isChosen);
      assert.ok(byLine.expected.length > 5, `${byLine.expected.length} vendors in view`);
      assert.deepEqual(byLine.drawn, byLine.expected);

      // The count of an option ignores the choices of its own field.
      for (const [facet, value] of [
        ['line', 'Restaurant'],
        ['status', '5'],
        ['grade', 'A'],
      ]) {
        const count = vendors.filter(
          (vendor) => String(vendor[facet]) === value && (facet === 'line' || isChosen(vendor)),
        );
        const label = await withOptions(page, `vendor-${facet}`, (option) =>
          option(value).locator('small').innerText(),
        );
        assert.equal(Number(label.replaceAll(',', '')), count.length, `${facet} ${value}`);
      }

      await chip(page, 'status', '5').click();
      await chooseRadio(page, 'vendor-open', 'yes');
      const isLeft = (vendor) => isChosen(vendor) && vendor.status === 5 && vendor.open === 1;
      assert.deepEqual(await shown(page), [vendors.filter(isLeft).length, vendors.length]);
      const both = await inView(page, isLeft);
      assert.deepEqual(both.drawn, both.expected);
      await shoot(page, 'vendors-filtered');

      await page.reload();
      await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]');
      assert.deepEqual(await shown(page), [vendors.filter(isLeft).length, vendors.length]);
      await open(page);
      await page.locator('[data-reset=vendors]').click();
      assert.deepEqual(await shown(page), [vendors.length, vendors.length]);
      assert.deepEqual(page.url().match(/vendor-[^&]+/g), ['vendor-status=all', 'vendor-visible=any']);
    },
  );
});

test('the minimum availability is set by keyboard, and an empty result is reported', skipped, async () => {
  await onPage({ hash: '#lang=en&over=vendors&vendor-line=Cafe' }, async (page) => {
    await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]');
    await open(page);
    await page.locator('[data-choice=vendor-availability] input').focus();
    for (let at = 0; at < 10; at += 1) await page.keyboard.press('ArrowRight');
    const left = vendors.filter(({ line, availability }) => line === 'Cafe' && (availability ?? -1) >= 0.5);
    assert.deepEqual(await shown(page), [left.length, vendors.length]);
    // In the tier change, freshness.test.mjs sees an empty result.
    if (!isNightly) return;
    await page.goto(page.url().replace('vendor-status=all', 'vendor-status=987'));
    await page.reload();
    await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]');
    await open(page);
    assert.deepEqual(await shown(page), [0, vendors.length]);
    assert.match(await page.locator('[data-group=vendors]').innerText(), /No vendor matches/);
  });
});

test('a pasted list of codes shows those vendors and reports unknown codes', skipped, async () => {
  const [first, second] = vendors;
  await onPage({ hash: '#lang=en&over=vendors' }, async (page) => {
    await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]');
    await open(page);
    await page.locator('[data-choice=vendor-code] textarea').fill(`${first.code};${second.code},\nunknown `);
    const wanted = vendors.filter(({ code }) => [first.code, second.code].includes(code));
    assert.deepEqual(await shown(page), [wanted.length, vendors.length]);
    assert.match(await page.locator('[data-choice=vendor-code]').innerText(), /Not found in this city: unknown/);
    await moveTo(page, { lng: first.place[0], lat: first.place[1], zoom: 15 });
    const view = await inView(page, ({ code }) => [first.code, second.code].includes(code));
    assert.deepEqual(view.drawn, view.expected);
    assert.match(decodeURIComponent(page.url()), new RegExp(`vendor-code=${first.code}.${second.code}.unknown`));
    await page.locator('[data-reset=vendors]').click();
    assert.equal(await page.locator('[data-choice=vendor-code] textarea').inputValue(), '');
  });
});

test(
  'a few chosen vendors are all drawn at every zoom, from the street to the country, and identified by a click',
  skipped,
  async () => {
    const step = Math.ceil(vendors.length / 12);
    const few = vendors.filter((_, i) => i % step === 0);
    const codes = few.map(({ code }) => code);
    const keys = new Set(vendors.map(vendorKey));
    const wanted = vendors.filter(({ code }) => codes.includes(code)).map(vendorKey);
    const hash = `#lang=en&density=off&over=vendors&circles=off&vendor-code=${codes.join('+')}`;
    await onPage({ hash, viewport: { width: 1300, height: 1000 } }, async (page) => {
      for (const zoom of perTier([4.2], [9.6, 8, 6.5, 5, 4.2])) {
        await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom });
        const drawn = await page.evaluate(() =>
          window.foodmap.map
            .queryRenderedFeatures({ layers: ['vendors-far'] })
            .map(({ properties: { platform, code } }) => ({ platform, code })),
        );
        // A code may also belong to a vendor of another city.
        const own = new Set(drawn.map(vendorKey).filter((key) => keys.has(key)));
        assert.deepEqual([...own].sort(), wanted.sort(), `zoom ${zoom}`);
        await shoot(page, `vendors-far-${zoom}`);
      }
      await moveTo(page, { lng: few[0].place[0], lat: few[0].place[1], zoom: 9.5 });
      const facts = await factsAt(page, few[0].place);
      assert.ok(codes.includes(facts.code), facts.code);
      assert.equal(facts.line, vendors.find(({ code }) => code === facts.code).line);
    });
  },
);

for (const [lang, theme] of [
  ['fa', 'night'],
  ['en', 'day'],
]) {
  // In the tier change, states.test.mjs examines every group of the panel.
  test(
    `the filter has the right text direction and is accessible (${lang}, ${theme})`,
    nightlyOnly(skipped),
    async () => {
      const hash = `#lang=${lang}&theme=${theme}&over=vendors&vendor-line=Cafe`;
      await onPage({ hash, viewport: PHONE }, async (page) => {
        await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]', { state: 'attached' });
        await page.locator('.grip').click();
        await open(page);
        await shoot(page, `vendors-phone-${lang}`);
        await assertAccessible(page);
      });
    },
  );
}
