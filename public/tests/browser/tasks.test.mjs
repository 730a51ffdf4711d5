// Four tasks of an analyst, each with the number of clicks that it takes at most.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import readWorkbook from 'read-excel-file/node';
import { published } from './overlay.mjs';
import { bytesOf, moveTo, onPage, settle, shoot } from './page.mjs';
import { catalog, city, json } from './tiles.mjs';

const options = { skip: published('coverage') && published('areas') ? false : 'no coverage or areas' };

/** Counts the clicks of a task, as a person makes them; moves of the pointer and typing do not count. */
function counted(page) {
  const done = { clicks: 0 };
  done.click = async (target) => {
    done.clicks += 1;
    await (Array.isArray(target) ? page.mouse.click(...target) : target.click());
  };
  return done;
}

test('the three areas that lack bakeries most take at most 3 clicks', options, async () => {
  await onPage({ hash: '', asDefault: true }, async (page) => {
    const by = counted(page);
    await by.click(page.locator('[data-question=gap]'));
    await settle(page);
    const rows = page.locator('[data-area][data-value]');
    if (
      !(await rows
        .first()
        .isVisible()
        .catch(() => false))
    )
      await by.click(page.locator('[data-group=areas] .group-title'));
    await rows.first().waitFor();
    const shown = await rows.evaluateAll((all) => all.map(({ dataset }) => Number(dataset.value)));
    await shoot(page, 'task-bakeries');
    assert.ok(shown.length >= 3 && shown[0] >= shown[1] && shown[1] >= shown[2], String(shown.slice(0, 5)));
    assert.deepEqual(shown.slice(0, 3), shown.toSorted((a, b) => b - a).slice(0, 3));
    assert.match(page.url(), /line=Bakery/);
    assert.ok(by.clicks <= 3, `${by.clicks} clicks`);
  });
});

test('who covers this point takes 1 click, and undo 1', options, async () => {
  const hash = '#lang=en&density=off&over=coverage&line=Restaurant';
  await onPage({ hash, asDefault: true }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 13 });
    const task = counted(page);
    const { x, y } = await page.evaluate((at) => window.foodmap.map.project(at), city.center);
    await task.click([x, y]);
    await page.locator('.covering [data-code]').first().waitFor();
    assert.equal(task.clicks, 1);
    const before = page.url();
    await page.locator('[data-choice=lines] label:has(input[value="Bakery"])').click();
    await settle(page);
    assert.notEqual(page.url(), before);
    const undo = counted(page);
    await undo.click(page.getByRole('button', { name: 'Undo' }));
    await settle(page);
    assert.equal(
      new URLSearchParams(new URL(page.url()).hash.slice(1)).get('line'),
      new URLSearchParams(new URL(before).hash.slice(1)).get('line'),
    );
    assert.equal(undo.clicks, 1);
  });
});

test('Snappfood-only active restaurants of region 6 take at most 5 clicks to Excel', options, async () => {
  const { lines, columns, count, areas } = await json(
    catalog.tables.find(({ name }) => name === `vendors/${city.key}`).url,
  );
  await onPage({ hash: '#lang=en', asDefault: true }, async (page) => {
    const task = counted(page);
    await task.click(page.locator('[data-choice=kind] label:has(input[value=vendors])'));
    await settle(page);
    await task.click(page.locator('.corner [data-key=vendors] .class-row').nth(1));
    await settle(page);
    const lineChoice = page.locator('[data-choice=vendor-line] label:has(input[value=Restaurant])');
    if (!(await lineChoice.isVisible())) await task.click(page.locator('[data-dropdown=vendor-line] .select'));
    await task.click(lineChoice);
    await page.keyboard.press('Escape');
    // Keys do not count: the key of the search, the name, Enter.
    await page.keyboard.press('/');
    await page.keyboard.type('6');
    const region = page.locator('[data-found=area]').filter({ hasText: 'Region' }).first();
    await region.waitFor();
    for (let step = 0; (await region.getAttribute('aria-selected')) !== 'true' && step < 20; step += 1)
      await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const choice = page.locator('.cell [data-choice=only-area]');
    await choice.waitFor();
    await task.click(choice);
    await settle(page);
    await shoot(page, 'task-region');
    const id = Number.parseInt(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('in'), 36);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      task.click(page.locator('[data-action=xlsx]')),
    ]);
    const [sheet] = await readWorkbook(await bytesOf(download));
    const [labels, ...rows] = sheet.data;
    const codes = rows.map((row) => row[labels.indexOf('Code')]).sort();
    const wanted = Array.from({ length: count }, (_, i) => i)
      .filter((i) => columns.platform[i] === 1 && columns.is_dual[i] !== 1 && columns.status[i] === 5)
      .filter((i) => columns.visible[i] === 1 && lines[columns.line[i]] === 'Restaurant')
      .filter((i) => columns.region[i].some((at) => areas[at] === id))
      .map((i) => columns.code[i])
      .sort();
    assert.ok(wanted.length > 0, 'there are such vendors');
    assert.deepEqual(codes, wanted);
    assert.ok(task.clicks <= 5, `${task.clicks} clicks`);
  });
});
