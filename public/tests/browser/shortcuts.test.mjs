import assert from 'node:assert/strict';
import { test } from 'node:test';
import { published } from './overlay.mjs';
import { assertAccessible, onPage, settle, shoot } from './page.mjs';
import { city, layers } from './tiles.mjs';

const press = async (page, key) => {
  await page.keyboard.press(key);
  await settle(page);
};

test('shortcuts choose maps, overlays, view, period, theme and language', async () => {
  await onPage({}, async (page) => {
    const checked = () => page.locator('[data-choice=kind] input:checked').getAttribute('value');
    await press(page, '4');
    assert.equal(await checked(), 'users');
    await press(page, 'h');
    assert.match(page.url(), /view=heat/);
    if (published('vendors')) {
      await press(page, 'v');
      assert.match(page.url(), /over=vendors/);
      await press(page, 'v');
      assert.doesNotMatch(page.url(), /over=vendors/);
    }
    const at = layers.findIndex(({ slot }) => slot === '30d');
    const days = (slot) => Number.parseInt(slot, 10);
    const ordered = layers.toSorted((a, b) => days(a.slot) - days(b.slot));
    if (at >= 0 && ordered.length > 1) {
      await press(page, 'BracketLeft');
      assert.match(page.url(), new RegExp(`window=${ordered.at(-2).slot}`));
    }
    await press(page, 't');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'night');
    await press(page, 'l');
    assert.equal(await page.locator('html').getAttribute('lang'), 'fa');
    // The Persian list is written from right to left, which would mirror brackets.
    await page.keyboard.press('Shift+Slash');
    for (const [name, key] of [
      ['earlier', '['],
      ['later', ']'],
    ]) {
      const print = page.locator(`.keys [data-key=${name}] kbd`);
      const direction = await print.evaluate((kbd) => getComputedStyle(kbd).direction);
      assert.deepEqual([await print.innerText(), direction], [key, 'ltr']);
    }
  });
});

test('the question mark opens the list of shortcuts, which restores the focus on close', async () => {
  await onPage({}, async (page) => {
    await page.locator('canvas.maplibregl-canvas').focus();
    await page.keyboard.press('Shift+Slash');
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await dialog.waitFor();
    assert.ok((await dialog.locator('[data-key]').count()) >= 15);
    await assertAccessible(page, 'keyboard map');
    await shoot(page, 'keys');
    // Shortcuts do nothing while the list is open.
    await page.keyboard.press('t');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'day');
    await dialog.locator('[data-choice=keys]').click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('t');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'day', 'keys are switched off');
    await page.reload();
    await settle(page);
    await page.keyboard.press('t');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'day', 'and stay so');
  });
});

test('the slash focuses the search box, where letters type text', async () => {
  await onPage({}, async (page) => {
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.matches('.finder-input'));
    await page.keyboard.type('vct');
    assert.equal(await page.locator('.finder-input').inputValue(), 'vct');
    assert.doesNotMatch(page.url(), /over=|theme=night/);
  });
});

test('zero shows the whole city again', async () => {
  await onPage({ hash: '#lang=en&at=14/35.6/51.2' }, async (page) => {
    await page.keyboard.press('0');
    // Next to the panel, so the middle of the city is not the middle of the map.
    await page.waitForFunction(([west, south, east, north]) => {
      const { map } = window.foodmap;
      const panel = document.querySelector('.panel').getBoundingClientRect();
      const corners = [map.project([west, north]), map.project([east, south])];
      const isInView = ({ x, y }) => x > panel.right && x < innerWidth && y > 0 && y < innerHeight;
      return !map.isMoving() && corners.every(isInView);
    }, city.bounds);
  });
});
