import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawn } from './drawnCells.mjs';
import { assertAccessible, chooseOption, moveTo, onPage, openGroup, PHONE, settle, shoot } from './page.mjs';
import { isInChange, isNightly, nightlyOnly, perTier } from './tier.mjs';
import {
  cellsOf,
  city,
  expected,
  expectedLimits,
  fullestTile,
  json,
  layer,
  layers,
  placeInTile,
  tileJson,
} from './tiles.mjs';

const zoom = Math.min(12, tileJson.maxzoom);
const tile = await fullestTile(city, zoom);
const middle = { ...placeInTile(tile, 32, 32), zoom: zoom + 0.1 };
const other = layers.find(({ slot }) => slot !== layer.slot);
const skip = other ? false : 'no second window is published';
const otherTileJson = other && (await json(other.tilejson));

/** The heat intensity of each side, by zoom. */
const strengths = (page) =>
  page.evaluate(() =>
    [window.foodmap.map, window.foodmap.compared()].map((map) =>
      map ? JSON.stringify(map.getPaintProperty('density-heat', 'heatmap-intensity')) : null,
    ),
  );

/** The intensities, once they have been stable for a second. */
async function measured(page) {
  await settle(page);
  await page.waitForLoadState('networkidle');
  let [before, now] = ['', JSON.stringify(await strengths(page))];
  while (before !== now) {
    await page.waitForTimeout(1000);
    [before, now] = [now, JSON.stringify(await strengths(page))];
  }
  return JSON.parse(now);
}

/** Waits until both maps are idle at the same position with every tile drawn. */
async function settleBoth(page) {
  await settle(page);
  await page.waitForFunction(() => {
    const { map, compared } = window.foodmap;
    const second = compared();
    if (!second?.loaded() || !second.areTilesLoaded()) return false;
    const [a, b] = [map, second].map((each) => [...each.getCenter().toArray(), each.getZoom()]);
    return a.every((value, i) => Math.abs(value - b[i]) < 1e-9) && second.getLayer('density-cells');
  });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

const limitsOf = (page, side) =>
  page
    .locator(`.corner .legend[data-side="${side}"] .classes li`)
    .evaluateAll((rows) => rows.map((row) => Number(row.dataset.from)).reverse());

test('two kinds are shown side by side, each with its own colours, counts and legend', async () => {
  await onPage({ viewport: { width: 1300, height: 900 } }, async (page) => {
    await moveTo(page, middle);
    await page.locator('[data-choice="compare"] label').click();
    assert.match(page.url(), /vs=users/);
    await settleBoth(page);
    await assertDrawn(page, tile, 'orders', []);
    await assertDrawn(page, tile, 'users', [], { side: 'compared' });
    assert.deepEqual(await limitsOf(page, 'main'), expectedLimits(zoom, 'orders', []));
    assert.deepEqual(await limitsOf(page, 'compared'), expectedLimits(zoom, 'users', []));
    await shoot(page, 'compare-kinds');
    await openGroup(page, 'compare');
    await chooseOption(page, 'compare-kind', 'Organic');
    await settleBoth(page);
    await assertDrawn(page, tile, 'organic', [], { side: 'compared' });
    await page.goBack();
    await settleBoth(page);
    assert.match(page.url(), /vs=users/);
  });
});

test('two periods are shown side by side, and a click shows the counts of its side', { skip }, async () => {
  const hash = `#lang=en&vs=orders&vs-window=${other.slot}&vs-at=0.6`;
  await onPage({ hash, viewport: { width: 1300, height: 900 } }, async (page) => {
    const cells = await cellsOf(tile, otherTileJson);
    const here = { ...tile, cells };
    await moveTo(page, middle);
    await settleBoth(page);
    if (isNightly) await assertDrawn(page, tile, 'orders', []);
    await assertDrawn(page, here, 'orders', [], { side: 'compared', from: otherTileJson });
    assert.deepEqual(await limitsOf(page, 'compared'), expectedLimits(zoom, 'orders', [], otherTileJson));
    const [key, cell] = [...cells].find(([at, { orders }]) => tile.cells.get(at)?.orders !== orders);
    const [column, row] = key.split(',').map(Number);
    const sides = [
      [0.95, tile.cells.get(key)],
      [0.05, cell],
    ];
    for (const [divider, side] of perTier(sides.slice(1), sides)) {
      await page.evaluate(
        (at) => history.replaceState(null, '', location.hash.replace(/vs-at=[\d.]+/, `vs-at=${at}`)),
        divider,
      );
      await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
      await moveTo(page, { ...placeInTile(tile, column + 0.5, row + 0.5), zoom: zoom + 0.1 });
      await settleBoth(page);
      const place = placeInTile(tile, column + 0.5, row + 0.5);
      const at = await page.evaluate(({ lng, lat }) => window.foodmap.map.project([lng, lat]), place);
      await page.mouse.click(at.x, at.y);
      await page.waitForSelector(`.cell .big[data-min="${expected(side, 'orders', [])[0]}"]`);
      await page.keyboard.press('Escape');
    }
  });
});

test('each side of a heat comparison looks the same as that map alone', nightlyOnly(), async () => {
  const alone = async (kind) => {
    let strength;
    await onPage({ hash: `#lang=en&view=heat&kind=${kind}` }, async (page) => {
      [strength] = await measured(page);
    });
    return strength;
  };
  const [orders, users] = [await alone('orders'), await alone('users')];
  assert.notEqual(orders, users);
  await onPage({ hash: '#lang=en&view=heat&kind=orders&vs=users' }, async (page) => {
    await page.waitForFunction(() => window.foodmap.compared()?.getLayer('density-heat'));
    assert.deepEqual(await measured(page), [orders, users]);
    await shoot(page, 'compare-heat');
  });
});

test('the divider moves by keys and by pointer, and its position is part of the URL', async () => {
  await onPage({ hash: '#lang=en&vs=users' }, async (page) => {
    await settleBoth(page);
    const divider = page.getByRole('slider', { name: 'Divider between the two sides' });
    const share = async () => Number(await divider.getAttribute('aria-valuenow'));
    const clip = () => page.locator('.compared').evaluate((it) => Number(/([\d.]+)px\)$/.exec(it.style.clipPath)[1]));
    const first = await share();
    await divider.focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await share(), first - 2);
    await page.keyboard.press('End');
    assert.equal(await share(), 96);
    assert.match(page.url(), /vs-at=0.96/);
    await page.mouse.move(0.96 * 1200, 400);
    await page.mouse.down();
    await page.mouse.move(600, 400, { steps: 4 });
    await page.mouse.up();
    assert.equal(await share(), 50);
    assert.equal(await clip(), 600);
    await page.reload();
    await settleBoth(page);
    assert.equal(await share(), 50);
    await page.locator('[data-choice="compare"] label').click();
    await page.waitForSelector('.compared', { state: 'detached' });
    assert.doesNotMatch(page.url(), /vs/);
  });
});

test('dragging the second map moves both sides', async () => {
  await onPage({ hash: '#lang=en&vs=users&vs-at=0.5' }, async (page) => {
    await settleBoth(page);
    await page.mouse.move(900, 300);
    await page.mouse.down();
    await page.mouse.move(800, 350, { steps: 5 });
    await page.mouse.up();
    await page.mouse.wheel(0, -400);
    await settleBoth(page);
    assert.match(page.url(), /at=/);
  });
});

/** Asserts that with the sheet closed each side has its legend in one fully visible line. */
async function assertStripsInView(page) {
  const strips = await page.locator('.panel[data-open="false"] .strip').evaluateAll((all) =>
    all.map((strip) => {
      const { top, bottom, width } = strip.getBoundingClientRect();
      const colours = [...strip.querySelectorAll('i')].map((it) => getComputedStyle(it).backgroundColor);
      const isWhole = top > 0 && bottom <= innerHeight && width > 300;
      return { side: strip.dataset.side, isWhole, colours: colours.join() };
    }),
  );
  assert.deepEqual(
    strips.map(({ side, isWhole }) => [side, isWhole]),
    [
      ['main', true],
      ['compared', true],
    ],
  );
  assert.notEqual(strips[0].colours, strips[1].colours);
}

for (const lang of ['fa', 'en']) {
  test(`a comparison is accessible and fits a phone in ${lang}`, async () => {
    for (const [name, viewport, theme] of [
      ['wide', undefined, 'day'],
      ['wide', undefined, 'night'],
      ['phone', PHONE, 'day'],
      ['phone', PHONE, 'night'],
    ]) {
      const device = name === 'phone' ? 'phone' : 'desktop';
      if (!isNightly && !isInChange({ lang, theme, device })) continue;
      await onPage({ hash: `#lang=${lang}&theme=${theme}&vs=users&vs-window=7d`, viewport }, async (page) => {
        await settleBoth(page);
        await assertAccessible(page, `${name} ${theme}`);
        if (name === 'phone') await assertStripsInView(page);
        await shoot(page, `compare-${name}-${lang}-${theme}`);
      });
    }
  });
}
