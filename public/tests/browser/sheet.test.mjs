// The sheet of a popup in small windows: nothing of the map's controls is cut by it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { published, skip } from './overlay.mjs';
import { moveTo, onPage, PHONE, shoot } from './page.mjs';
import { nightlyOnly, nightlyUnless, perTier } from './tier.mjs';
import { city } from './tiles.mjs';

const place = { lng: city.center[0], lat: city.center[1], zoom: 12.5 };
const LANDSCAPE = { width: 844, height: 390 };
/** A phone whose text is twice as large has half of its CSS pixels. */
const LARGE_TEXT = { width: 195, height: 422 };
const LARGE_TEXT_LANDSCAPE = { width: 422, height: 195 };

/** Controls that stay cut: the sheet grows while its lists load, and the controls follow it. */
async function cutBy(page) {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    if ((await cutNow(page)).length === 0) return [];
    await page.waitForTimeout(100);
  }
  return cutNow(page);
}

/** Controls that are visible and cut: by the window, by the sheet, or by something else above them. */
const cutNow = (page) =>
  page.evaluate(() => {
    const cut = [];
    const sheet = document.querySelector('.cell-sheet')?.getBoundingClientRect();
    const isSeen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const selectors = ['.corner .react-aria-Button', '.corner .legend', '.scale', '.maplibregl-ctrl-attrib', '.panel'];
    for (const element of document.querySelectorAll(selectors.join())) {
      const { left, right, top, bottom, width } = element.getBoundingClientRect();
      if (width < 2 || !isSeen(element)) continue;
      const name = `${element.className} ${element.ariaLabel ?? ''}`;
      if (left < -1 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1)
        cut.push(`${name}: by the window`);
      const isUnder = sheet && left < sheet.right && sheet.left < right && top < sheet.bottom && sheet.top < bottom;
      if (isUnder) cut.push(`${name}: by the sheet`);
      if (element.tagName !== 'BUTTON') continue;
      for (const [x, y] of [
        [left + 3, (top + bottom) / 2],
        [right - 3, (top + bottom) / 2],
        [(left + right) / 2, top + 3],
        [(left + right) / 2, bottom - 3],
      ]) {
        if (!element.contains(document.elementFromPoint(x, y))) cut.push(`${name}: by something above it`);
      }
    }
    return cut;
  });

const buttons = (page) => page.locator('.corner .buttons .react-aria-Button');
const zoomOf = (page) => page.evaluate(() => window.foodmap.map.getZoom());
const attribution = (page) => page.locator('.maplibregl-ctrl-attrib');

/** Picks what is in the middle of the map. */
async function pickMiddle(page) {
  await page.locator('#map canvas.maplibregl-canvas').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('.cell-sheet .cell');
  // The controls move in the next frame.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

for (const [name, viewport] of [
  ['on a phone', PHONE],
  ['on a phone on its side', LANDSCAPE],
  ['on a phone with text of 200 %', LARGE_TEXT],
]) {
  for (const lang of ['fa', 'en']) {
    // In the tier change, each size in one language.
    const options = nightlyUnless((lang === 'en') === (viewport === LANDSCAPE), { skip: skip('coverage') });
    test(`the sheet of a popup cuts no control ${name} (${lang})`, options, async () => {
      const hash = `#lang=${lang}&over=coverage&density=off&line=all`;
      await onPage({ hash, viewport, asDefault: true }, async (page) => {
        await moveTo(page, place);
        assert.deepEqual(await cutBy(page), [], 'before');
        await pickMiddle(page);
        await shoot(page, `sheet-${viewport.width}-${lang}`);
        assert.deepEqual(await cutBy(page), [], 'with the sheet');
        assert.equal(await attribution(page).isVisible(), true);
        // The whole of a long list can be reached.
        const sheet = page.locator('.cell-sheet');
        const ends = await sheet.evaluate((element) => {
          element.scrollTop = element.scrollHeight;
          const last = element.querySelector('.cell').lastElementChild.getBoundingClientRect();
          return [last.bottom, element.getBoundingClientRect().bottom];
        });
        assert.ok(ends[0] <= ends[1] + 1, `the list ends at ${ends[0]}, the sheet at ${ends[1]}`);
        const zoom = await zoomOf(page);
        await buttons(page).first().click();
        await page.waitForFunction((before) => window.foodmap.map.getZoom() > before + 0.9, zoom);
        // The button that closes it stays in reach after scrolling.
        await page.locator('.cell-sheet header button').click();
        await page.waitForSelector('.cell-sheet', { state: 'detached' });
        assert.deepEqual(await cutBy(page), [], 'afterwards');
      });
    });
  }
}

test('a sheet covers the closed panel as a whole, however short its popup is', { skip: skip('areas') }, async () => {
  await onPage({ hash: '#lang=en&over=areas&areas=marketing&view=heat', viewport: PHONE }, async (page) => {
    await moveTo(page, place);
    await pickMiddle(page);
    assert.equal(await page.locator('.panel').isVisible(), false);
    assert.deepEqual(await cutBy(page), []);
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor();
  });
});

const noRoomOptions = nightlyOnly({ skip: skip('coverage') });
test('where there is no room for the buttons they are hidden, and none is cut', noRoomOptions, async () => {
  const hash = '#lang=en&over=coverage&density=off&line=all';
  await onPage({ hash, viewport: LARGE_TEXT_LANDSCAPE, asDefault: true }, async (page) => {
    await moveTo(page, place);
    assert.deepEqual(await cutBy(page), []);
    await pickMiddle(page);
    assert.deepEqual(await cutBy(page), []);
    assert.equal(await attribution(page).isVisible(), true);
  });
});

test('on a phone on its side the legend is readable next to the buttons', {
  skip: !published('coverage') && 'no coverage',
}, async () => {
  for (const lang of perTier(['fa'], ['fa', 'en'])) {
    const hash = `#lang=${lang}&over=coverage&line=Restaurant`;
    await onPage({ hash, viewport: LANDSCAPE, asDefault: true }, async (page) => {
      await moveTo(page, place);
      await shoot(page, `landscape-legend-${lang}`);
      assert.deepEqual(await cutBy(page), []);
      for (const legend of await page.locator('.corner .legend').all()) {
        const { width, height } = await legend.boundingBox();
        assert.ok(width > 150 && height > 120, `${width} × ${height}`);
      }
    });
  }
});
