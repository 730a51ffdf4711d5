// The configuration sets the initial choices. Unpublished names are ignored.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailsOf, onPage, settle } from './page.mjs';
import { asJson, startProxy } from './proxy.mjs';
import { nightlyOnly } from './tier.mjs';
import { city, expectedLimits, layers, tileJson } from './tiles.mjs';

const [first, second] = tileJson.lines;

async function onPageWith(config, hash, act) {
  // Class limits are those of the city.
  const server = await startProxy((path) => (path === '/config.json' ? asJson({ city: city.key, ...config }) : null));
  try {
    await onPage({ url: server.url, hash, asDefault: true }, act);
  } finally {
    await server.stop();
  }
}

const chosenLines = (page) =>
  page
    .locator('[data-choice=lines] input:checked')
    .evaluateAll((boxes) => boxes.map(({ value }) => value).filter((value) => value !== 'all'));

/** Asserts that the legend has the classes of these lines, by their published indices. */
async function assertDrawn(page, lines) {
  const legend = page.locator('.corner .legend');
  const limits = await legend.locator('.classes li').evaluateAll((rows) => rows.map((row) => Number(row.dataset.from)));
  const zoom = Number(await legend.getAttribute('data-zoom'));
  assert.deepEqual(limits.reverse(), expectedLimits(zoom, 'orders', lines));
}

test('the initial page shows the configured lines, and another choice is part of the URL', async () => {
  await onPageWith({ defaults: { lines: ['Unknown line', second] } }, '#lang=en', async (page) => {
    assert.deepEqual(await chosenLines(page), [second]);
    await assertDrawn(page, [1]);
    assert.equal(await page.locator('.notice').count(), 0, 'unpublished defaults are not reported');
    assert.doesNotMatch(page.url(), /line=/);
    await page.locator(`[data-choice="lines"] label:has(input[value="${first}"])`).click();
    await page.locator(`[data-choice="lines"] label:has(input[value="${second}"])`).click();
    await settle(page);
    await page.getByRole('button', { name: 'All lines' }).click();
    await settle(page);
    assert.match(page.url(), /line=all/);
    await page.reload();
    await settle(page);
    assert.deepEqual(await chosenLines(page), []);
    await assertDrawn(page, []);
  });
});

// In the tier change, the test above has an unpublished line.
test('unpublished default lines mean every line, without an error message', nightlyOnly(), async () => {
  await onPageWith({ defaults: { lines: ['Unknown line'] } }, '#lang=en', async (page) => {
    assert.deepEqual(await chosenLines(page), []);
    await assertDrawn(page, []);
    assert.equal(await page.locator('.notice').count(), 0);
  });
});

test('a configuration without defaults shows every line', nightlyOnly(), async () => {
  await onPageWith({}, '#lang=en', async (page) => {
    assert.deepEqual(await chosenLines(page), []);
    await assertDrawn(page, []);
    assert.doesNotMatch(page.url(), /line=/);
  });
});

test('the initial window is the configured one', async () => {
  const other = layers.find(({ slot }) => slot !== '30d');
  if (!other) return;
  await onPageWith({ defaults: { window: other.slot } }, '#lang=en', async (page) => {
    assert.equal(await page.locator('.chip-data time').first().getAttribute('datetime'), `${other.from}/${other.to}`);
    assert.doesNotMatch(page.url(), /window=/);
  });
});

test('an unknown time zone is reported', async () => {
  await onPageWith({ time_zone: 'Moon/Tranquility' }, '#lang=en', async (page) => {
    assert.match(await detailsOf(page, 'config'), /time_zone: unknown time zone/);
  });
});

test('a changed configuration is followed by an open page', async () => {
  let config = { theme: { name: { fa: 'یک', en: 'First' } } };
  const server = await startProxy((path) => (path === '/config.json' ? asJson(config) : null));
  try {
    await onPage({ url: server.url, hash: '#lang=en', asDefault: true }, async (page) => {
      const name = page.locator('.panel h1');
      assert.match(await name.innerText(), /First/);
      config = { theme: { name: { fa: 'دو', en: 'Second' } }, lines: { [first]: { fa: 'نامی', en: 'Renamed line' } } };
      // The page looks every minute, and whenever it is shown again.
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await page.locator('.panel h1:has-text("Second")').waitFor();
      assert.ok(await page.locator('[data-choice=lines]').getByText('Renamed line').isVisible());
    });
  } finally {
    await server.stop();
  }
});
