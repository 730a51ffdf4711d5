import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, bytesOf, moveTo, onPage, PHONE, settle, shoot } from './page.mjs';
import { nightlyUnless } from './tier.mjs';
import { city } from './tiles.mjs';

const COPY = { en: 'Copy link to this view', fa: 'کپی لینک این نما' };
const SAVE_BUTTON = { en: 'Save a picture of this view', fa: 'ذخیرهٔ تصویر این نما' };

test('the link to the view is copied, and the page confirms it', async () => {
  await onPage({}, async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12 });
    await page.getByRole('button', { name: COPY.en }).click();
    await page.locator('.share-status[data-outcome="copied"]').waitFor();
    await shoot(page, 'link-copied');
    const link = await page.evaluate(() => navigator.clipboard.readText());
    // Nothing depends on the defaults of the browser that opens the link.
    for (const part of [/at=12\.00/, /lang=en/, /theme=day/, /window=/, /line=all/]) assert.match(link, part);
    await page.locator('.share-status[data-outcome]').waitFor({ state: 'detached' });
  });
});

test('on plain HTTP the link is copied with execCommand', async () => {
  const before = (page) =>
    page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await onPage({ before }, async (page) => {
    await page.evaluate(() => {
      document.addEventListener('copy', () => {
        window.copied = document.activeElement.value;
      });
    });
    await page.getByRole('button', { name: COPY.en }).click();
    await page.locator('.share-status[data-outcome="copied"]').waitFor();
    assert.match(await page.evaluate(() => window.copied), /#.*lang=en&theme=day$/);
  });
});

/** The saved picture: its bytes, its size, and the colours of some pixels. */
async function picture(page, lang) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: SAVE_BUTTON[lang] }).click(),
  ]);
  const bytes = await bytesOf(download);
  await page.locator('.share-status[data-outcome="taken"]').waitFor();
  return { bytes, name: download.suggestedFilename() };
}

/** The colours of a picture with their frequency. */
const coloursOf = (page, bytes) =>
  page.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const image = await createImageBitmap(blob);
    const ctx = new OffscreenCanvas(image.width, image.height).getContext('2d');
    ctx.drawImage(image, 0, 0);
    const { data } = ctx.getImageData(0, 0, image.width, image.height);
    const counts = {};
    for (let i = 0; i < data.length; i += 4) {
      const colour = `rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`;
      counts[colour] = (counts[colour] ?? 0) + 1;
    }
    return { width: image.width, height: image.height, counts };
  }, bytes.toString('base64'));

for (const [lang, theme, viewport, more] of [
  ['en', 'day', undefined, ''],
  ['fa', 'night', undefined, '&vs=users&vs-at=0.4'],
  ['fa', 'day', undefined, '&over=areas&over=vendors&line=Restaurant&over=coverage'],
  ['fa', 'day', PHONE, ''],
  ['en', 'night', PHONE, '&view=heat'],
]) {
  const name = `${lang}-${theme}${viewport ? '-phone' : ''}`;
  // In the tier change: a comparison and heat, which have each language, theme and device.
  const options = nightlyUnless(theme === 'night' && more !== '');
  test(`a picture contains the map, its legend and its attribution: ${name}${more}`, options, async () => {
    await onPage({ hash: `#lang=${lang}&theme=${theme}${more}`, viewport, pixelRatio: 1 }, async (page) => {
      await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11.5 });
      const { bytes, name: file } = await picture(page, lang);
      assert.match(file, /^foodmap-.+-\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.png$/);
      if (process.env.FOODMAP_SHOTS) {
        const { writeFileSync, mkdirSync } = await import('node:fs');
        mkdirSync(process.env.FOODMAP_SHOTS, { recursive: true });
        writeFileSync(`${process.env.FOODMAP_SHOTS}/picture-${name}-${more.length}.png`, bytes);
      }
      const { width, height, counts } = await coloursOf(page, bytes);
      const size = page.viewportSize();
      assert.equal(width, size.width);
      assert.ok(height > size.height + 60, `${height} px hold more than the map`);
      const keys = await page
        .locator('.corner .legend[data-side="main"] .key, .sheet-legend .legend[data-side="main"] .key')
        .evaluateAll((all) => all.map((key) => getComputedStyle(key).backgroundColor));
      for (const colour of keys) assert.ok((counts[colour] ?? 0) >= 300, `${colour} is in the legend's picture`);
      assert.ok(Object.keys(counts).length > 60, 'text and map are drawn');
      assert.equal(await page.locator('.picture').count(), 0, 'the sheet is put away');
    });
  });
}

test('the buttons are accessible, and a failed picture is reported', async () => {
  const before = (page) =>
    page.addInitScript(() => {
      HTMLCanvasElement.prototype.toBlob = (done) => {
        done(null);
      };
    });
  await onPage({ before }, async (page) => {
    await assertAccessible(page, 'buttons');
    await page.getByRole('button', { name: SAVE_BUTTON.en }).click();
    const notice = page.locator('[data-failure="picture"]');
    assert.match(await notice.textContent(), /too large/);
    await settle(page);
  });
});
