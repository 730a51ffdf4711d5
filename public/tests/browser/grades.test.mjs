// Another set of grades needs no code changes: the order is published, names and radii are configured.
// Nothing on the map is coloured by grade, so there is no colour to configure.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip } from './overlay.mjs';
import { assertAccessible, onPage, openGroup, settle, shoot, withOptions } from './page.mjs';
import { asJson, startProxy } from './proxy.mjs';
import { nightlyUnless } from './tier.mjs';
import { catalog, city, json } from './tiles.mjs';

const isVendorTable = ({ name }) => name.startsWith('vendors/');
const tables = new Map();
for (const { url } of catalog.tables.filter(isVendorTable)) tables.set(url, otherOrder(await json(url)));
const own = tables.get(catalog.tables.find(({ name }) => name === `vendors/${city.key}`)?.url);

/** The same vendors in a table with the grades in reverse order. */
function otherOrder(table) {
  const grades = table.grades.toReversed();
  const grade = table.columns.grade.map((at) => grades.length - 1 - at);
  return { ...table, grades, columns: { ...table.columns, grade } };
}

const nameOf = (lang, i) => (lang === 'fa' ? `پلهٔ ${String.fromCodePoint(0x627 + i)}` : `Step ${i + 1}`);
/** The last grade is not configured and has the radius of all others. */
const RADII = {
  km: Object.fromEntries((own?.grades ?? []).slice(0, -1).map((grade, i) => [grade, 0.5 + i / 4])),
  others: 7,
};
const CONFIG = {
  city: city.key,
  grade_radii: RADII,
  grades: Object.fromEntries(
    (own?.grades ?? []).map((grade, i) => [grade, { fa: nameOf('fa', i), en: nameOf('en', i) }]),
  ),
};

for (const lang of ['en', 'fa']) {
  const options = nightlyUnless(lang === 'fa', { skip: skip('vendors') });
  test(`grades have the published order and the configured names, in ${lang}`, options, async () => {
    const server = await startProxy((path) => {
      if (path === '/config.json') return asJson(CONFIG);
      return tables.has(path) ? asJson(tables.get(path)) : null;
    });
    const names = own.grades.map((_, i) => nameOf(lang, i));
    const held = new Set(own.columns.grade);
    try {
      const hash = `#lang=${lang}&density=off&over=vendors&over=coverage&circles=off&delivery=grade`;
      await onPage({ url: server.url, hash }, async (page) => {
        await openGroup(page, 'vendors');
        const radii = page.locator('.grade-radii dt');
        await radii.first().waitFor();
        assert.deepEqual(await radii.allInnerTexts(), names);
        const listed = await page
          .locator('.grade-radii [data-grade]')
          .evaluateAll((all) => all.map(({ dataset }) => [dataset.grade, Number(dataset.value)]));
        assert.deepEqual(
          listed,
          own.grades.map((grade) => [grade, RADII.km[grade] ?? RADII.others]),
        );
        const drawn = await page.evaluate(() => window.foodmap.map.getStyle().sources.coverage?.tiles[0] ?? '');
        const settings = JSON.parse(decodeURIComponent(drawn.split('/').at(-1)));
        assert.deepEqual(settings.radii, { kind: 'graded', ...RADII }, 'coverage is counted with these radii');
        const chosen = own.grades.find((_, i) => held.has(i));
        await withOptions(page, 'vendor-grade', async (option) => {
          const rows = page.locator('[data-choice="vendor-grade"] label');
          const shown = await rows.evaluateAll((all) =>
            all.map((row) => [row.querySelector('input').value, row.innerText.split('\n')[0].trim()]),
          );
          const wanted = own.grades.flatMap((grade, i) => (held.has(i) ? [[grade, names[i]]] : []));
          assert.deepEqual(
            shown.filter(([value]) => value !== 'all'),
            wanted,
          );
          await option(chosen).click();
          await shoot(page, `grades-${lang}`);
          await assertAccessible(page, 'grades');
        });
        await settle(page);
        const at = own.grades.indexOf(chosen);
        const count = own.columns.grade.filter((grade) => grade === at).length;
        assert.equal(
          Number(await page.locator('[data-group=vendors] [role=status][aria-busy=false]').getAttribute('data-shown')),
          count,
        );
        assert.ok((await page.locator('.summary').innerText()).includes(names[at]), 'the sentence names the grade');
        const codes = await page.evaluate(() =>
          window.foodmap.map.queryRenderedFeatures({ layers: ['vendors'] }).map(({ properties }) => properties.grade),
        );
        assert.deepEqual([...new Set(codes)], [chosen], 'the map draws those of the grade');
      });
    } finally {
      await server.stop();
    }
  });
}
