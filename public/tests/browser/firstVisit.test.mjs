// A first visit: the name on a slow line, three questions, the guide.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, SOFTWARE_COMPOSITING } from './launch.mjs';
import { published } from './overlay.mjs';
import { assertAccessible, onPage, settle, shoot, URL_BASE } from './page.mjs';
import { asJson, startProxy } from './proxy.mjs';

const SLOW = { offline: false, latency: 100, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const NAME = { fa: 'نقشهٔ سفارش', en: 'Order map' };
const MAX_MS = 1000;
const RUNS = 3;

/** When the name is painted, in milliseconds, and whether the controls had loaded before it was in the page. */
async function nameAfter(browser, url, name) {
  const page = await browser.newPage({ locale: 'en-US' });
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', SLOW);
  await page.addInitScript(() => {
    window.names = {};
    new MutationObserver(() => {
      const shown = document.querySelector('h1')?.textContent;
      if (shown) window.names[shown] ??= { at: performance.now(), isLoaded: Boolean(document.querySelector('.panel')) };
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
  await page.goto(url, { waitUntil: 'commit' });
  const at = await page.waitForFunction((wanted) => window.names[wanted], name);
  const paint = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  const [named, painted] = await Promise.all([at, paint].map((one) => one.jsonValue()));
  await page.close();
  return { shown: Math.round(Math.max(named.at, painted)), isLoaded: named.isLoaded };
}

test(`at 50 kB/s the name is painted within ${MAX_MS} ms, and the configured one before the page has loaded`, async (t) => {
  const proxy = await startProxy((path) => (path === '/config.json' ? asJson({ theme: { name: NAME } }) : null));
  const browser = await launch(SOFTWARE_COMPOSITING);
  try {
    // The first page of a browser waits for the browser to start its own processes.
    const earlier = await browser.newPage();
    await earlier.goto('data:text/html,<h1>earlier</h1>');
    await earlier.screenshot();
    const times = [];
    // The machine may be busy for a moment.
    for (let run = 0; run < RUNS && !times.some((time) => time < MAX_MS); run += 1) {
      times.push((await nameAfter(browser, URL_BASE, 'foodmap')).shown);
    }
    t.diagnostic(`after ${times.join(', ')} ms`);
    assert.ok(Math.min(...times) < MAX_MS, `${times.join(', ')} ms`);
    const { isLoaded } = await nameAfter(browser, proxy.url, NAME.en);
    assert.equal(isLoaded, false, 'the configured name is shown before the page has loaded');
  } finally {
    await browser.close();
    await proxy.stop();
  }
});

test('a first visit asks three questions, each answered by a click, and links the guide', async () => {
  await onPage({ hash: '', asDefault: true }, async (page) => {
    const card = page.locator('.questions');
    await card.waitFor();
    await shoot(page, 'questions');
    await assertAccessible(page, 'questions');
    const asked = await card.locator('[data-question]').evaluateAll((all) => all.map((one) => one.dataset.question));
    assert.deepEqual(asked, published('areas') && published('coverage') ? ['demand', 'gap', 'rivals'] : asked);
    const guide = await page.request.get(new URL(await card.locator('a').getAttribute('href'), URL_BASE).href);
    assert.equal(guide.status(), 200);
    assert.match(await guide.text(), /<h1>Guide for analysts<\/h1>/);
    assert.match(await (await page.request.get(new URL('/guide.fa.html', URL_BASE).href)).text(), /dir="rtl"/);
    await card.locator('[data-question]').last().click();
    await settle(page);
    assert.match(page.url(), /over=vendors/);
    assert.match(page.url(), /vendor-type=snappfood-alone/);
    assert.equal(await card.count(), 0);
    await page.goto(URL_BASE);
    await settle(page);
    assert.equal(await page.locator('.questions').count(), 0, 'on the second visit');
  });
});

test('a printed page has the map, its sentence and legend, and no controls', async () => {
  await onPage({ hash: '#lang=en', pixelRatio: 1 }, async (page) => {
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    const picture = page.locator('.print-map');
    await picture.waitFor();
    const colours = await picture.evaluate(async (image) => {
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: 200, height: 200 });
      const pen = canvas.getContext('2d');
      pen.drawImage(image, 0, 0, 200, 200);
      const { data } = pen.getImageData(0, 0, 200, 200);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
      return seen.size;
    });
    assert.ok(colours > 5, `${colours} colours`);
    await shoot(page, 'print');
    for (const shown of ['.summary', '.corner .legend', '.panel h1'])
      assert.ok(await page.locator(shown).first().isVisible(), shown);
    for (const hidden of ['.buttons', '.choices', '.finder', '.view-tools', '.share-buttons']) {
      assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
    }
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.equal(await picture.count(), 0);
    assert.ok((await page.pdf()).length > 20_000);
  });
});
