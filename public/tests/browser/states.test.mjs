// Every state of the page in both languages and themes, on phones and desktops: axe finds nothing, and words are right.
// With --shots there are screenshots of every size; look at them after a change of the layout.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, onPage, shoot, URL_BASE } from './page.mjs';
import { STATES } from './states.mjs';
import { isInChange, nightlyUnless } from './tier.mjs';

const SIZES = { 360: 640, 390: 844, 1024: 768, 1440: 900 };
/** Each language and each theme is examined on a phone and on a desktop. */
const EXAMINED = [
  { lang: 'fa', theme: 'night', width: 360 },
  { lang: 'en', theme: 'day', width: 390 },
  { lang: 'en', theme: 'night', width: 1024 },
  { lang: 'fa', theme: 'day', width: 1440 },
];
const SHOT = Object.keys(SIZES).flatMap((width) =>
  ['fa', 'en'].flatMap((lang) => ['day', 'night'].map((theme) => ({ lang, theme, width: Number(width) }))),
);
/** In the tier change; other tests examine more states as they meet them. */
const QUICK = {
  360: ['every-group', 'coverage-popup'],
  1440: ['vendor-table', 'failed-config'],
};

/** A page without a map logs why. */
const BROKEN = [/Failed to load resource/, /WebGL|GPU|context/i];

for (const { lang, theme, width } of process.env.FOODMAP_SHOTS ? SHOT : EXAMINED) {
  for (const state of STATES) {
    const isQuick = QUICK[width]?.includes(state.name) ?? false;
    test(`${state.name} is accessible (${lang}, ${theme}, ${width} px)`, nightlyUnless(isQuick), async () => {
      const { isFirst, isBroken, hash = '', url = URL_BASE, before, act, shows } = state;
      const viewport = { width, height: SIZES[width] };
      const options = { url, viewport, before, asDefault: true, waits: !isBroken, expected: isBroken ? BROKEN : [] };
      // The questions of a first visit are asked only without choices in the address.
      const device = isFirst ? { locale: lang === 'fa' ? 'fa-IR' : 'en-US', colorScheme: schemeOf(theme) } : {};
      const address = isFirst ? '' : `#lang=${lang}&theme=${theme}&${hash}`;
      await onPage({ ...options, device, hash: address }, async (page) => {
        await act?.(page);
        if (shows) await page.locator(shows).first().waitFor();
        await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
        await shoot(page, `${state.name}-${width}-${lang}-${theme}`);
        await assertAccessible(page, state.name);
        const words = await page.locator('body').innerText();
        if (lang === 'fa') assert.doesNotMatch(words, /[\u0600-\u06FF] ?,/, 'no Latin comma after a Persian word');
      });
    });
  }
}

const schemeOf = (theme) => (theme === 'night' ? 'dark' : 'light');

for (const [lang, theme] of [
  ['fa', 'night'],
  ['en', 'day'],
]) {
  test(`the guide is accessible (${lang}, ${theme})`, nightlyUnless(isInChange({ lang })), async () => {
    const url = new URL(`/guide.${lang}.html`, URL_BASE).href;
    const device = { colorScheme: schemeOf(theme) };
    await onPage({ url, hash: '', asDefault: true, waits: false, device }, async (page) => {
      assert.ok((await page.locator('h1').innerText()).length > 5);
      await shoot(page, `guide-${lang}`);
      await assertAccessible(page, 'guide');
    });
  });
}
