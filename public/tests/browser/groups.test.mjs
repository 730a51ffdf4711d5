import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip } from './overlay.mjs';
import { chooseRadio, onPage, openGroup, PUBLIC_URL, settle } from './page.mjs';
import { catalog, city, json } from './tiles.mjs';

const groups = (page) =>
  page
    .locator('.choices [data-group]')
    .evaluateAll((found) => Object.fromEntries(found.map(({ dataset }) => [dataset.group, dataset.open === 'true'])));

test('groups open and close by mouse and keyboard, and stay so after a reload', async () => {
  await onPage({}, async (page) => {
    const before = await groups(page);
    assert.deepEqual([before.what, before.vendors, before.coverage], [true, true, false]);
    await page.locator('[data-group=what] .group-title').click();
    await page.locator('[data-group=coverage] .group-title').focus();
    await page.keyboard.press('Enter');
    const after = { ...before, what: false, coverage: true };
    assert.deepEqual(await groups(page), after);
    assert.equal(await page.locator('[data-choice=kind]').count(), 0, 'a closed group has nothing to tab through');
    await page.reload();
    await settle(page);
    assert.deepEqual(await groups(page), after);
    assert.doesNotMatch(page.url(), /open/);
  });
});

test('groups open and close even if storage is blocked', async () => {
  const before = (page) =>
    page.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    });
  await onPage({ before }, async (page) => {
    await openGroup(page, 'areas');
    assert.equal((await groups(page)).areas, true);
  });
});

test('an overlay can be switched in the heading of its closed group', { skip: skip('coverage') }, async () => {
  await onPage({}, async (page) => {
    const box = page.locator('[data-group=coverage] [data-choice=overlays] input');
    assert.equal(await box.isChecked(), false);
    await page.locator('[data-group=coverage] [data-choice=overlays] label').click();
    assert.match(page.url(), /over=coverage/);
    await page.goBack();
    assert.equal(await box.isChecked(), false);
  });
});

test('heat settings are offered only in the heat view', async () => {
  await onPage({ url: PUBLIC_URL }, async (page) => {
    assert.equal('appearance' in (await groups(page)), false);
    await chooseRadio(page, 'view', 'heat');
    assert.equal('appearance' in (await groups(page)), true);
  });
});

test('a long list of options is a drop-down of checkboxes with counts', {
  skip: skip('vendors'),
}, async () => {
  const { columns, grades } = await json(catalog.tables.find(({ name }) => name === `vendors/${city.key}`).url);
  const countOf = (...names) => columns.grade.filter((at) => names.includes(grades[at])).length;
  await onPage({ hash: '#lang=en&over=vendors' }, async (page) => {
    await page.waitForSelector('[data-group=vendors] [role=status][aria-busy=false]');
    await openGroup(page, 'vendors');
    const button = page.locator('[data-dropdown=vendor-grade] .select');
    await button.focus();
    await page.keyboard.press('Enter');
    const row = (grade) => page.locator(`[data-choice=vendor-grade] label:has(input[value="${grade}"])`);
    for (const grade of ['A', 'Not Enough Rate']) {
      assert.equal(Number((await row(grade).locator('small').innerText()).replaceAll(',', '')), countOf(grade), grade);
      await row(grade).click();
    }
    await page.keyboard.press('Escape');
    assert.equal(await button.innerText(), 'A and Not Enough Rate');
    const shown = page.locator('[data-group=vendors] [role=status][aria-busy=false]');
    assert.equal(Number(await shown.getAttribute('data-shown')), countOf('A', 'Not Enough Rate'));
  });
});
