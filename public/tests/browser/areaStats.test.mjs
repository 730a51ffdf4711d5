import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresOf, skip } from './overlay.mjs';
import {
  assertAccessible,
  chooseOption,
  follow,
  moveTo,
  onPage,
  openGroup,
  PHONE,
  PUBLIC_URL,
  settle,
  shoot,
} from './page.mjs';
import { nightlyOnly, nightlyUnless, perTier } from './tier.mjs';
import { catalog, city, json } from './tiles.mjs';

const skipped = { skip: skip('areas') };
const table = async (name) => {
  const entry = catalog.tables.find((one) => one.name === name);
  return entry ? json(entry.url) : null;
};
const vendorStats = await table('area-stats/vendors');
const orderStats = await table('area-stats/orders');
const listed = await table(`vendors/${city.key}`);

/** The areas of one kind in the city, from the table of statistics. */
const areasOf = (kind) => vendorStats.areas.filter((area) => area.kind === kind && area.city === city.id);

/** The number of vendors in an area that pass a predicate. */
function vendorsIn(id, passes) {
  const at = listed.areas.indexOf(id);
  const { marketing, region, neighbourhood } = listed.columns;
  const rows = Array.from({ length: listed.count }, (_, row) => row);
  return rows.filter(
    (row) => [marketing, region, neighbourhood].some((kind) => kind[row].includes(at)) && passes(listed.columns, row),
  ).length;
}

const DEFAULT = 'vendor-status=5&vendor-visible=yes';
const isDefault = ({ status, visible }, row) => status[row] === 5 && visible[row] === 1;

/** The legend: the lower limit of each class, its colour, and its number of areas. */
const legend = (page) =>
  page.locator('.corner [data-key=areas] [data-stat] li').evaluateAll((rows) =>
    rows.map((row) => ({
      from: Number(row.dataset.from),
      count: Number(row.dataset.count),
      colour: getComputedStyle(row.querySelector('.key')).backgroundColor,
    })),
  );

/** The colour of each area on the map, as the style evaluates it. */
const colours = (page) =>
  page.evaluate(() => {
    const features = window.foodmap.map.queryRenderedFeatures({ layers: ['areas-fill'] });
    const css = ({ r, g, b }) => `rgb(${[r, g, b].map((c) => Math.round(c * 255)).join(', ')})`;
    return features
      .filter(({ layer }) => layer.paint['fill-opacity'] > 0)
      .map(({ properties, layer }) => [properties.id, css(layer.paint['fill-color'])]);
  });

/** Asserts that legend and map match the values of every area. */
async function assertDrawn(page, kind, numbers) {
  await page.waitForSelector('.corner [data-key=areas] [data-stat]');
  await settle(page);
  const classes = (await legend(page)).filter(({ from }) => !Number.isNaN(from)).reverse();
  assert.ok(classes.length > 1, `${classes.length} classes`);
  const classOf = (n) => classes.findLast(({ from }) => n >= from);
  const known = [...numbers].filter(([, n]) => n !== null && n !== undefined);
  for (const one of classes) {
    assert.equal(one.count, known.filter(([, n]) => classOf(n) === one).length, `${kind}: class from ${one.from}`);
  }
  const drawn = await colours(page);
  assert.ok(drawn.length > 5, `${drawn.length} areas in view`);
  for (const [id, colour] of drawn) {
    assert.ok(numbers.has(id), `area ${id} is of this kind`);
    const n = numbers.get(id);
    if (n !== null && n !== undefined) assert.equal(colour, classOf(n).colour, `${kind} ${id} with ${n}`);
  }
}

const at = (hash) => ({ hash: `#lang=en&density=off&over=areas&${hash}`, viewport: { width: 1300, height: 950 } });

const FILLS = [
  ['region', 'population', ({ population }) => population],
  ['neighbourhood', 'vendors', (area) => area.default.total],
  ['region', 'per10k', (area) => area.default.per_10k],
  ['marketing', 'vendors', (area) => area.default.total],
];

test('areas are coloured with the values of the tables', skipped, async (t) => {
  await onPage(at(DEFAULT), async (page) => {
    for (const [kind, stat, of] of FILLS) {
      await t.test(`${kind} by ${stat}`, nightlyUnless(stat === 'per10k'), async () => {
        await follow(page, at(`areas=${kind}&fill=${stat}&${DEFAULT}`).hash);
        await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11 });
        await assertDrawn(page, kind, new Map(areasOf(kind).map((area) => [area.id, of(area)])));
        await shoot(page, `areas-by-${stat}-${kind}`);
      });
    }
  });
});

// In the tier change, areaStat.test.ts proves this.
test('people per km² are those of the tiles', nightlyOnly(skipped), async () => {
  const labels = (await featuresOf('areas', 'area-labels', 9)).filter(({ kind }) => kind === 'region');
  await onPage(at('areas=region&fill=density'), async (page) => {
    await page.waitForSelector('.corner [data-stat=density]');
    const counted = (await legend(page)).filter(({ from }) => !Number.isNaN(from)).reverse();
    for (const [i, { from, count }] of counted.entries()) {
      const to = counted[i + 1]?.from ?? Number.POSITIVE_INFINITY;
      const inTiles = labels.filter(({ density_km2: n }) => n >= from && n < to).length;
      assert.ok(inTiles <= count, `class from ${from}: ${inTiles} of ${count}`);
    }
  });
});

test('orders and users by area equal those of the table, for the window, all days and the chosen lines', {
  skip: skipped.skip || !orderStats,
}, async () => {
  const line = orderStats.lines.indexOf('Cafe');
  const of = (make) =>
    new Map(
      orderStats.areas
        .filter((area) => area.kind === 'neighbourhood' && area.city === city.id)
        .map((area) => [area.id, make(area.windows)]),
    );
  const fills = [
    ['fill=orders', (windows) => windows['30d'].orders],
    ['fill=users', (windows) => windows['30d'].users],
    ['fill=all-users', (windows) => windows.all.users],
    ['fill=orders&line=Cafe', (windows) => windows['30d'].orders_by_line[line]],
    ['fill=users&line=Cafe', (windows) => windows['30d'].users_by_line[line]],
  ];
  // In the tier change, one of them has the window and a line; areaOrders.test.ts proves the others.
  const chosen = perTier(
    fills.filter(([hash]) => hash === 'fill=orders&line=Cafe'),
    fills,
  );
  for (const [hash, make] of chosen) {
    await onPage(at(`areas=neighbourhood&${hash}`), async (page) => {
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11 });
      await assertDrawn(page, hash, of(make));
    });
  }
});

test('vendors by area follow the filter and the counted subset', skipped, async () => {
  await onPage(at(`over=vendors&circles=off&areas=region&fill=vendors`), async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 10.5 });
    const numbers = (passes) => new Map(areasOf('region').map(({ id }) => [id, vendorsIn(id, passes)]));
    await assertDrawn(
      page,
      'every vendor',
      numbers(() => true),
    );
    await openGroup(page, 'vendors');
    await page.locator('[data-choice=vendor-line] label:has(input[value=Cafe])').click();
    const cafe = listed.lines.indexOf('Cafe');
    const isCafe = ({ line }, row) => line[row] === cafe;
    await assertDrawn(page, 'cafés', numbers(isCafe));
    await openGroup(page, 'areas');
    await chooseOption(page, 'area-subset', 'Snappfood');
    const snappfood = listed.platforms.indexOf('snappfood');
    await assertDrawn(
      page,
      'cafés of Snappfood',
      numbers((columns, row) => isCafe(columns, row) && columns.platform[row] === snappfood),
    );
    assert.match(page.url(), /of=platform-snappfood/);
  });
});

const rows = (page) =>
  page.locator('.area-row').evaluateAll((all) =>
    all.map((row) => ({
      id: Number(row.dataset.area),
      value: Number(row.dataset.value),
      rank: Number(row.dataset.rank),
    })),
  );

test(
  'areas are ranked, found by name and flown to by keyboard, and their popup shows the same value',
  skipped,
  async () => {
    const wanted = areasOf('region')
      .map((area) => [area.id, area.default.total, area.name])
      .toSorted((a, b) => b[1] - a[1]);
    await onPage(at(`areas=region&fill=vendors&${DEFAULT}`), async (page) => {
      await openGroup(page, 'areas');
      await page.waitForSelector('.area-row[data-value]');
      const first = await rows(page);
      assert.ok(first.length >= 8, `${first.length} rows`);
      assert.deepEqual(
        first.map(({ value }) => value),
        wanted.slice(0, first.length).map(([, total]) => total),
      );
      assert.deepEqual(first[0].rank, 1);
      await shoot(page, 'areas-ranking');

      await page.locator('[data-choice=area-order] label:has(input[value=lowest])').click();
      const [lowest] = await rows(page);
      assert.equal(lowest.value, wanted.at(-1)[1]);
      await page.locator('[data-choice=area-order] label:has(input[value=highest])').click();

      const before = await page.evaluate(() => window.foodmap.map.getCenter().toArray());
      await page.locator('.area-row').first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.cell[data-overlay=areas] [data-fact=vendors]');
      assert.equal(await page.locator('.cell [data-fact=vendors]').getAttribute('data-value'), String(wanted[1][1]));
      const after = await page.evaluate(() => window.foodmap.map.getCenter().toArray());
      assert.notDeepEqual(after, before);
      await settle(page);
      await shoot(page, 'areas-flown-to');

      // Digits of the other script, an extra space and an Arabic letter find it too.
      const name = wanted[3][2];
      const typed = ` ${name.replace('ی', 'ي').replace(/[۰-۹]/g, (digit) => String(digit.codePointAt(0) & 0xf))}  `;
      await page.locator('[data-choice=area-search] input').fill(typed);
      await page.waitForFunction(() => document.querySelectorAll('.area-row').length < 8);
      assert.ok(
        (await rows(page)).some(({ id }) => id === wanted[3][0]),
        typed,
      );
      await page.locator('[data-choice=area-search] input').fill('nowhere');
      await page.waitForFunction(() => document.querySelectorAll('.area-row[data-area]').length === 0);
      assert.match(await page.locator('.area-list').innerText(), /No matching area/);
    });
  },
);

test(
  'chosen areas are the only ones whose vendors are shown, are in the URL, and can be removed',
  skipped,
  async () => {
    await onPage(at(`over=vendors&circles=off&areas=region&${DEFAULT}`), async (page) => {
      await openGroup(page, 'areas');
      await page.waitForSelector('.area-row[data-value]');
      const [first, second] = await rows(page);
      for (const { id } of [first, second]) await page.locator(`.area-row[data-area="${id}"] .tick`).click();
      const shown = () =>
        page.locator('[data-group=vendors] [role=status][aria-busy=false]').getAttribute('data-shown');
      const inside = ([...ids]) =>
        Array.from({ length: listed.count }, (_, row) => row).filter(
          (row) =>
            isDefault(listed.columns, row) && listed.columns.region[row].some((at) => ids.includes(listed.areas[at])),
        ).length;
      assert.equal(Number(await shown()), inside([first.id, second.id]));
      assert.match(page.url(), /[?&#]in=[0-9a-z]+\.[0-9a-z]+/);
      await shoot(page, 'areas-chosen');

      await page.reload();
      await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]');
      assert.equal(Number(await shown()), inside([first.id, second.id]));
      await openGroup(page, 'areas');
      await page.locator('[data-choice=chosen-areas] .chip').first().click();
      const [left] = await page
        .locator('.area-row:has(.tick[data-selected])')
        .evaluateAll((all) => all.map((row) => Number(row.dataset.area)));
      assert.equal(Number(await shown()), inside([left]));
      await page.locator('[data-choice=chosen-areas] .reset').click();
      assert.doesNotMatch(page.url(), /in=/);
    });
  },
);

// In the tier change, tasks.test.mjs limits the vendors to an area, and chips.test.ts lifts the limit.
test('one press limits the vendors to a picked area, and another lifts the limit', nightlyOnly(skipped), async () => {
  const [label] = (await featuresOf('areas', 'area-labels', 12)).filter(({ kind }) => kind === 'region');
  await onPage(at(`areas=region&${DEFAULT}`), async (page) => {
    await moveTo(page, { lng: label.place[0], lat: label.place[1], zoom: 12 });
    const spot = await page.evaluate(([x, y]) => window.foodmap.map.project([x, y]), label.place);
    await page.mouse.click(spot.x, spot.y);
    await page.locator('.cell [data-choice=only-area]').click();
    assert.match(page.url(), new RegExp(`in=${label.id.toString(36)}`));
    await shoot(page, 'area-only');
    await page.locator('.cell [data-choice=only-area]').click();
    assert.doesNotMatch(page.url(), /in=/);
  });
});

test('names have the value below them, in the digits of the language', skipped, async () => {
  const [label] = (await featuresOf('areas', 'area-labels', 12)).filter(({ kind }) => kind === 'region');
  const { default: wanted } = areasOf('region').find(({ id }) => id === label.id);
  const english = ['en', 'en-US'];
  const persian = ['fa', 'fa-IR'];
  for (const [lang, locale] of perTier([persian], [english, persian])) {
    const hash = `#lang=${lang}&density=off&over=areas&areas=region&fill=vendors&${DEFAULT}`;
    await onPage({ hash }, async (page) => {
      await moveTo(page, { lng: label.place[0], lat: label.place[1], zoom: 11.5 });
      await page.waitForSelector('.corner [data-stat]');
      await settle(page);
      const texts = await page.evaluate(
        (id) =>
          window.foodmap.map
            .queryRenderedFeatures({ layers: ['area-names-region'] })
            .filter(({ properties }) => properties.id === id)
            .map(({ layer }) => String(layer.layout['text-field'])),
        label.id,
      );
      assert.deepEqual([...new Set(texts)], [`${label.name}\n${new Intl.NumberFormat(locale).format(wanted.total)}`]);
      await shoot(page, `area-names-${lang}`);
    });
  }
});

test('a server of public layers does not offer orders by area and explains why', skipped, async () => {
  await onPage({ url: PUBLIC_URL, ...at('areas=region') }, async (page) => {
    await openGroup(page, 'areas');
    assert.equal(await page.locator('[data-unavailable=internal]').count(), 1);
    await page.locator('[data-choice=area-fill] button').click();
    const offered = await page.getByRole('option').allInnerTexts();
    assert.ok(offered.includes('Vendors') && offered.includes('Population'), String(offered));
    assert.ok(!offered.some((name) => /orders|users/i.test(name)), String(offered));
  });
  await onPage({ url: PUBLIC_URL, ...at('areas=region&fill=orders') }, async (page) => {
    await page.waitForSelector('.corner [data-key=areas]');
    await page.waitForFunction(() =>
      /are internal/.test(document.querySelector('.corner [data-key=areas]').textContent),
    );
  });
});

// In the tier change, styles/overlays.test.ts proves the fills, and timeline.test.mjs chooses one.
test('the fill can be none, one colour, or a statistic', nightlyOnly(skipped), async () => {
  await onPage(at('areas=marketing'), async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11 });
    const opacity = () =>
      page.evaluate(() => {
        const [feature] = window.foodmap.map.queryRenderedFeatures({ layers: ['areas-fill'] });
        return feature.layer.paint['fill-opacity'];
      });
    await openGroup(page, 'areas');
    assert.ok((await opacity()) > 0);
    await page.locator('[data-choice=area-tint] label:has(input[value=rose])').click();
    assert.match(page.url(), /tint=rose/);
    await chooseOption(page, 'area-fill', 'None');
    assert.equal(await opacity(), 0);
    await chooseOption(page, 'area-fill', 'Vendors');
    await page.waitForSelector('.corner [data-stat=vendors]');
    assert.equal(await opacity(), 1);
  });
});

for (const [lang, theme, viewport] of [
  ['fa', 'night', PHONE],
  ['en', 'day', { width: 1200, height: 800 }],
]) {
  // In the tier change, states.test.mjs examines this group.
  test(`the areas group is accessible with everything open (${lang}, ${theme})`, nightlyOnly(skipped), async () => {
    const hash = `#lang=${lang}&theme=${theme}&density=off&over=areas&over=population&areas=region&areas=neighbourhood&fill=vendors`;
    await onPage({ hash, viewport }, async (page) => {
      if (viewport === PHONE) await page.locator('.grip').click();
      await openGroup(page, 'areas');
      await page.waitForSelector('.area-row[data-value]');
      await page.locator('.area-row .tick').first().click();
      await page.locator('.area-ranking').scrollIntoViewIfNeeded();
      await shoot(page, `areas-group-${lang}`);
      await assertAccessible(page, `areas, ${lang}, ${theme}`);
    });
  });
}
