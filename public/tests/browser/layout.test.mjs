// Every group of the panel, opened, in both languages and themes, on a desktop and on a phone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { onPage, openGroup, PHONE, settle, shoot } from './page.mjs';
import { nightlyOnly, nightlyUnless, perTier } from './tier.mjs';

const DESKTOP = { width: 1200, height: 800 };
const GROUPS = ['what', 'where', 'when', 'compare', 'vendors', 'coverage', 'areas', 'appearance'];
const OVER = ['coverage', 'areas', 'population', 'vendors'].map((overlay) => `over=${overlay}`).join('&');

/** Violations of any impact. The canvas of the map is excluded; it is an image with a name. */
async function violations(page) {
  const found = await new AxeBuilder({ page }).analyze();
  return found.violations.flatMap(({ id, impact, nodes }) => nodes.map(({ html }) => `${id} (${impact}): ${html}`));
}

for (const [device, viewport] of [
  ['desktop', DESKTOP],
  ['phone', PHONE],
]) {
  for (const lang of ['fa', 'en']) {
    for (const theme of ['day', 'night']) {
      // In the tier change, states.test.mjs examines some states of each device.
      test(
        `axe finds no violation in any group of the panel (${device}, ${lang}, ${theme})`,
        nightlyOnly(),
        async () => {
          const hash = `#lang=${lang}&theme=${theme}&view=heat&${OVER}&at=11/35.71/51.39`;
          await onPage({ hash, viewport }, async (page) => {
            if (device === 'phone') await page.locator('.grip').click();
            const offered = await page
              .locator('.choices [data-group]')
              .evaluateAll((all) => all.map((one) => one.dataset.group));
            assert.deepEqual(offered, GROUPS);
            for (const group of GROUPS) await openGroup(page, group);
            await settle(page);
            await page.waitForSelector('[data-choice=vendor-codes], [data-choice=vendor-code]');
            assert.deepEqual(await violations(page), []);
            await shoot(page, `walk-${device}-${lang}-${theme}`);
          });
        },
      );
    }
  }
}

/** Elements that are cut off, extend beyond the window, or overlap a neighbour. */
const faultsOf = (page) =>
  page.evaluate(() => {
    const faults = [];
    if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways');
    const isSeen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    for (const element of document.querySelectorAll('#ui button, #ui label, #ui input, #ui h2, #ui p')) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width < 2 || !isSeen(element) || element.closest('.hidden, [aria-hidden="true"]')) continue;
      if (left < -1 || right > innerWidth + 1) faults.push(`over the edge: ${element.outerHTML.slice(0, 120)}`);
    }
    for (const element of document.querySelectorAll('.segment, .chip, .kind, .group-title, .quiet')) {
      if (isSeen(element) && element.scrollWidth > element.clientWidth + 1)
        faults.push(`cut off: ${element.outerHTML.slice(0, 120)}`);
    }
    const boxes = ['.panel', '.corner', '.top'].map((name) => [
      name,
      document.querySelector(name)?.getBoundingClientRect(),
    ]);
    const [panel, corner] = boxes.map(([, box]) => box);
    const sheet = matchMedia('(max-width: 720px)').matches;
    if (!sheet && panel && corner && panel.left < corner.right && corner.left < panel.right && corner.width > 0)
      faults.push('the panel lies over the legend');
    return faults;
  });

for (const [width, height, first] of [
  [360, 640, 'fa'],
  [390, 844, 'en'],
  [768, 1024, 'fa'],
  [1024, 768, 'en'],
  [1440, 900, 'fa'],
  [1920, 1080, 'en'],
]) {
  // In the tier change, one phone, one small window and one desktop have one language each.
  const options = nightlyUnless([360, 1024, 1440].includes(width));
  const languages = perTier([first], ['fa', 'en']);
  test(`nothing overlaps or is cut off at ${width} × ${height}, in ${languages.join(' and ')}`, options, async () => {
    for (const lang of languages) {
      await onPage({ hash: `#lang=${lang}`, viewport: { width, height } }, async (page) => {
        assert.deepEqual(await faultsOf(page), [], `${lang}, as it opens`);
        if (width <= 720) {
          await page.locator('.grip').click();
          await page.waitForSelector('.panel[data-open=true]');
          assert.deepEqual(await faultsOf(page), [], `${lang}, sheet open`);
        }
        await shoot(page, `size-${width}-${lang}`);
      });
    }
  });
}
