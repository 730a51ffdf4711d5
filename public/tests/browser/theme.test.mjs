import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, detailsOf, onPage, openGroup, settle, shoot } from './page.mjs';
import { asJson, startProxy } from './proxy.mjs';
import { nightlyUnless } from './tier.mjs';
import { catalog, layer, tileJson } from './tiles.mjs';

const [other] = catalog.cities.filter(({ key }) => key !== 'tehran');
const CITY = { ...other, id: 77, key: 'harbour', name_en: 'Harbour Town', name_fa: 'بندر' };
const LINES = tileJson.lines.map((_, i) => `Line ${i + 1}`);
const CONFIG = {
  basemap_style: null,
  city: 'harbour',
  theme: {
    name: { en: 'Parcel Atlas', fa: 'اطلس مرسوله' },
    subtitle: { en: 'Where parcels go', fa: 'مرسوله‌ها کجا می‌روند' },
    logo: '/icons/icon-192.png',
    accent: { day: '#0b6e4f', night: '#7fe0b8' },
  },
  lines: { 'Line 1': { en: 'Letters', fa: 'نامه' } },
};

/** The map of the server with another city name, other lines, and another theme. */
async function renamed() {
  return startProxy((path) => {
    if (path === '/config.json') return asJson(CONFIG);
    if (path === '/v1/catalog.json') return asJson({ ...catalog, cities: [CITY] });
    if (path === layer.tilejson) return asJson({ ...tileJson, lines: LINES });
    return null;
  });
}

for (const [lang, name, city, first] of [
  ['en', 'Parcel Atlas', 'Harbour Town', 'Letters'],
  ['fa', 'اطلس مرسوله', 'بندر', 'نامه'],
]) {
  const options = nightlyUnless(lang === 'fa');
  test(`another theme, city and set of lines need no code changes, in ${lang}`, options, async () => {
    const server = await renamed();
    try {
      await onPage({ url: server.url, hash: `#lang=${lang}`, asDefault: true }, async (page) => {
        assert.equal(await page.title(), name);
        assert.match(await page.locator('.panel-head h1').innerText(), new RegExp(`^${name}`));
        assert.equal(await page.locator('.panel-head img').getAttribute('src'), '/icons/icon-192.png');
        const accent = () =>
          page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());
        assert.equal(await accent(), CONFIG.theme.accent.day);
        assert.match(await page.locator('[data-choice="city"] button').innerText(), new RegExp(city));
        const { lng, lat } = await page.evaluate(() => window.foodmap.map.getCenter());
        assert.ok(Math.abs(lng - CITY.center[0]) < 1e-3 && Math.abs(lat - CITY.center[1]) < 1e-3, `${lng}, ${lat}`);
        const lines = await page.locator('[data-choice="lines"] input').evaluateAll((all) => all.map((it) => it.value));
        assert.deepEqual(
          lines.filter((line) => line !== 'all'),
          LINES,
        );
        assert.match(await page.locator('[data-choice="lines"]').innerText(), new RegExp(first));
        assert.equal(await page.locator('.notice').count(), 0, 'unpublished default lines are not reported');
        await assertAccessible(page, 'by day');
        await shoot(page, `theme-${lang}`);
        await page.evaluate(() => {
          location.hash = `${location.hash}&theme=night`;
        });
        await settle(page);
        assert.equal(await accent(), CONFIG.theme.accent.night);
        await openGroup(page, 'what');
        await assertAccessible(page, 'by night');
      });
    } finally {
      await server.stop();
    }
  });
}

test('an invalid colour is reported, and the default page is shown', async () => {
  const server = await startProxy((path) =>
    path === '/config.json' ? asJson({ theme: { ...CONFIG.theme, accent: { day: 'red', night: 'red' } } }) : null,
  );
  try {
    await onPage({ url: server.url }, async (page) => {
      assert.match(await detailsOf(page, 'config'), /theme\.accent\.day: expected a colour/);
      assert.match(await page.locator('.panel-head h1').innerText(), /foodmap/);
    });
  } finally {
    await server.stop();
  }
});
