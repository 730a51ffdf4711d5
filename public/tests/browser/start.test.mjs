import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from './launch.mjs';
import { onPage, shoot, URL_BASE } from './page.mjs';
import { city, layer } from './tiles.mjs';

const MAX_MS = 2000;
const RUNS = 3;

test(`the first density tile is on the map within ${MAX_MS} ms in a cold browser`, async (t) => {
  const times = [];
  for (let run = 0; run < RUNS; run += 1) {
    const browser = await launch();
    const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
    await page.goto(URL_BASE);
    const mark = await page.waitForFunction(() => performance.getEntriesByName('first-density-tile')[0]?.startTime);
    times.push(Math.round(await mark.jsonValue()));
    await browser.close();
  }
  t.diagnostic(`first-density-tile after ${times.join(', ')} ms`);
  const median = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
  assert.ok(median < MAX_MS, `median of ${times.join(', ')} ms`);
});

test('the initial page shows the default city and the freshness of its data', async () => {
  await onPage({ hash: '#lang=en' }, async (page) => {
    await shoot(page, 'fresh');
    const { lng, lat } = await page.evaluate(() => window.foodmap.map.getCenter());
    assert.ok(Math.abs(lng - city.center[0]) < 1e-3 && Math.abs(lat - city.center[1]) < 1e-3, `${lng}, ${lat}`);
    const chip = page.locator('.chip-data');
    assert.equal(await chip.locator('time').first().getAttribute('datetime'), `${layer.from}/${layer.to}`);
    assert.equal(await chip.locator('time').last().getAttribute('datetime'), layer.built_at);
  });
});

/** Runs in the page before its own scripts: records what the panel shows first and last, and when. */
function watchFrame() {
  new MutationObserver(() => {
    const panel = document.querySelector('.panel');
    const sentence = panel?.querySelector('.summary p');
    if (!sentence) return;
    const { x, y, width, height } = sentence.getBoundingClientRect();
    const seen = { at: performance.now(), text: sentence.textContent, place: { x, width, height }, y };
    if (panel.ariaBusy) window.firstFrame ??= seen;
    else window.controls ??= seen;
  }).observe(document, { childList: true, subtree: true });
}

for (const [name, viewport, mostMoved] of [
  ['a wide screen', { width: 1200, height: 800 }, 0],
  // The legend strip below it is not loaded yet.
  ['a phone', { width: 390, height: 844 }, 60],
]) {
  test(`the summary appears before the map draws, and does not move: ${name}`, async () => {
    const before = (page) => page.addInitScript(watchFrame);
    await onPage({ hash: '#lang=en', asDefault: true, viewport, before }, async (page) => {
      const { first, controls, tile } = await page.evaluate(() => ({
        first: window.firstFrame,
        controls: window.controls,
        tile: performance.getEntriesByName('first-density-tile')[0].startTime,
      }));
      assert.ok(first.at < tile, `${first.at} and ${tile} ms`);
      assert.equal(first.text, controls.text);
      assert.deepEqual(first.place, controls.place);
      assert.ok(Math.abs(first.y - controls.y) <= mostMoved, `from ${first.y} to ${controls.y}`);
    });
  });
}
