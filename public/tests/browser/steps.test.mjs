// Undo, redo and saved views.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, chooseRadio, moveTo, onPage, settle, shoot } from './page.mjs';
import { city } from './tiles.mjs';

const kind = (page) => page.locator('[data-choice=kind] input:checked').getAttribute('value');
const zoom = (page) => page.evaluate(() => Math.round(window.foodmap.map.getZoom()));

test('a choice is undone and redone with a click or the keys, and the camera stays', async () => {
  await onPage({ hash: '#lang=en' }, async (page) => {
    const undo = page.getByRole('button', { name: 'Undo', exact: true });
    const redo = page.getByRole('button', { name: 'Redo', exact: true });
    assert.ok(await undo.isDisabled());
    await chooseRadio(page, 'kind', 'organic');
    await chooseRadio(page, 'kind', 'users');
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 13 });
    await undo.click();
    await settle(page);
    assert.deepEqual([await kind(page), await zoom(page)], ['organic', 13]);
    assert.match(page.url(), /kind=organic/);
    await page.keyboard.press('Control+z');
    await settle(page);
    assert.deepEqual([await kind(page), await zoom(page)], ['orders', 13]);
    assert.ok(await undo.isDisabled());
    await redo.click();
    await settle(page);
    await page.keyboard.press('Control+Shift+z');
    await settle(page);
    assert.equal(await kind(page), 'users');
    assert.ok(await redo.isDisabled());
  });
});

test('a view is saved under a name, opened again, and deleted', async () => {
  await onPage({ hash: '#lang=fa&kind=organic' }, async (page) => {
    const open = () => page.getByRole('button', { name: 'نماهای ذخیره‌شده' }).click();
    await open();
    await page.getByLabel('نام این نما').fill('ارگانیک من');
    await page.getByRole('button', { name: 'ذخیرهٔ این نما' }).click();
    await page.locator('[data-view="ارگانیک من"]').waitFor();
    await shoot(page, 'saved-views-fa');
    await assertAccessible(page, 'saved views');
    await page.keyboard.press('Escape');
    await chooseRadio(page, 'kind', 'users');
    await page.reload();
    await settle(page);
    assert.equal(await kind(page), 'users');
    await open();
    await page.getByRole('button', { name: 'ارگانیک من', exact: true }).click();
    await settle(page);
    assert.equal(await kind(page), 'organic');
    await open();
    await page.getByRole('button', { name: 'حذف ارگانیک من' }).click();
    await page.locator('[data-view]').waitFor({ state: 'detached' });
  });
});
