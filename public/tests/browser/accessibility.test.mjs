import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, onPage, PHONE, shoot } from './page.mjs';
import { isInChange, nightlyUnless } from './tier.mjs';

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
