import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, chooseRadio, follow, moveTo, onPage, PHONE, settle, shoot } from './page.mjs';
import { isInChange, nightlyUnless } from './tier.mjs';
import { city } from './tiles.mjs';

const OVERLAYS = ['coverage', 'areas', 'population', 'vendors'];

const hashOf = ({ lang, theme }) => `#lang=${lang}&theme=${theme}`;

/** The page really has the language and the theme that axe is to examine. */
async function assertShown(page, { lang, theme }) {
  const { dataset, lang: shown } = await page.evaluate(() => {
    const { dataset, lang } = document.documentElement;
    return { dataset: { ...dataset }, lang };
  });
  assert.deepEqual([shown, dataset.theme], [lang, theme]);
}

const COMBINATIONS = ['fa', 'en'].flatMap((lang) => ['day', 'night'].map((theme) => ({ lang, theme })));

test('axe finds no serious violation', async (t) => {
  await onPage({ hash: hashOf(COMBINATIONS[0]) }, async (page) => {
    for (const { lang, theme } of COMBINATIONS) {
      await t.test(`in ${lang} with the ${theme} theme`, nightlyUnless(isInChange({ lang, theme })), async () => {
        await follow(page, `${hashOf({ lang, theme })}&kind=users&view=heat`);
        await assertShown(page, { lang, theme });
        await assertAccessible(page, 'heat');
        await chooseRadio(page, 'view', 'cells');
        await page.locator('canvas.maplibregl-canvas').focus();
        await page.keyboard.press('Enter');
        await assertAccessible(page, 'cells');
        await shoot(page, `${lang}-${theme}`);
      });

      const inOverlays = `in overlays and popups in ${lang} with the ${theme} theme`;
      await t.test(inOverlays, nightlyUnless(isInChange({ lang, theme })), async () => {
        const over = OVERLAYS.map((overlay) => `over=${overlay}`).join('&');
        await follow(page, `${hashOf({ lang, theme })}&line=Restaurant&${over}`);
        await assertShown(page, { lang, theme });
        await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11.6 });
        await page.locator('canvas.maplibregl-canvas').focus();
        await page.keyboard.press('Enter');
        await page.waitForSelector('.cell[data-overlay]');
        // axe fails if React replaces elements while it runs.
        await settle(page);
        await assertAccessible(page, 'overlays');
        await shoot(page, `overlays-${lang}-${theme}`);
      });
    }
  });
});

test('the Tab key reaches the controls in reading order', async () => {
  await onPage({}, async (page) => {
    await page.evaluate(() => document.activeElement?.blur());
    const names = [];
    for (let i = 0; i < 30; i += 1) {
      await page.keyboard.press('Tab');
      names.push(
        await page.evaluate(
          () =>
            document.activeElement?.closest('[data-choice]')?.dataset.choice ?? document.activeElement?.ariaLabel ?? '',
        ),
      );
    }
    const order = ['kind', 'lines', 'view', 'city', 'window'].map((name) => names.indexOf(name));
    assert.ok(
      order.every((at) => at >= 0),
      names.join(', '),
    );
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      names.join(', '),
    );
  });
});

for (const lang of ['fa', 'en']) {
  const options = nightlyUnless(isInChange({ lang, device: 'phone' }));
  test(`a phone shows everything without horizontal scrolling in ${lang}`, options, async () => {
    await onPage({ hash: `#lang=${lang}`, viewport: PHONE }, async (page) => {
      const isTooWide = () =>
        page.evaluate(() => {
          const wide = [...document.querySelectorAll('#ui *')].filter((element) => {
            const { left, right, width } = element.getBoundingClientRect();
            return width > 1 && !element.closest('[aria-hidden="true"]') && (left < -1 || right > innerWidth + 1);
          });
          return [
            document.documentElement.scrollWidth > innerWidth,
            ...wide.map(({ outerHTML }) => outerHTML.slice(0, 200)),
          ];
        });
      assert.deepEqual(await isTooWide(), [false]);
      await shoot(page, `phone-${lang}`);
      await page.locator('.grip').click();
      await page.waitForSelector('.panel[data-open="true"]');
      assert.deepEqual(await isTooWide(), [false]);
      await assertAccessible(page, 'open sheet');
      await shoot(page, `phone-open-${lang}`);
    });
  });
}
