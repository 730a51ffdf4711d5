// The busiest location of the city, computed independently from its tiles, has the last colour at every zoom.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRadio, moveTo, onPage, openGroup, settle, shoot } from './page.mjs';
import { isNightly, perTier } from './tier.mjs';
import { cellsOf, city, placeInTile, quantilesAt, tileAt, tileJson } from './tiles.mjs';

const RADIUS_PX = 22;

/** The last colour of orders in the day theme as drawn: 90 % over the background. */
const LAST = [0x6b, 0x06, 0x21].map((part) => 0.9 * part + 0.1 * 0xf8);

/** An independent implementation of the percentile weight. */
function weightOf(orders, z) {
  const at = (p) => quantilesAt(z).orders[tileJson.probabilities.indexOf(p)];
  const stops = [
    [0, 0],
    [at(0.5), 0.07],
    [at(0.9), 0.32],
    [at(0.99), 1],
  ];
  const i = stops.findIndex(([limit]) => limit > orders);
  if (i < 0) return 1;
  const [[from, low], [to, high]] = [stops[i - 1], stops[i]];
  return low + ((high - low) * (orders - from)) / (to - from);
}

/** The peak of the surface of a tile, computed kernel by kernel. */
function peakOf(tile, cells, z) {
  const weights = [...cells].map(([key, cell]) => [...key.split(',').map(Number), weightOf(cell.orders ?? 0, z)]);
  let best = { height: 0, place: null };
  for (const [column, row] of weights) {
    const height = weights.reduce((sum, [x, y, weight]) => {
      const distance2 = ((x - column) ** 2 + (y - row) ** 2) * 64;
      return sum + weight * Math.exp(-4.5 * (distance2 / RADIUS_PX ** 2));
    }, 0);
    if (height > best.height) best = { height, tile, place: placeInTile(tile, column + 0.5, row + 0.5) };
  }
  return best;
}

async function busiest(z, [west, south, east, north]) {
  const [left, top] = tileAt(west, north, z);
  const [right, bottom] = tileAt(east, south, z);
  let best = { height: 0, place: null };
  for (let x = left; x <= right; x += 1) {
    for (let y = top; y <= bottom; y += 1) {
      const peak = peakOf({ z, x, y }, await cellsOf({ z, x, y }), z);
      if (peak.height > best.height) best = peak;
    }
  }
  return best.place;
}

/** The colour at a position, as the median of a few pixels. */
async function colourAt(page, place) {
  const { x, y } = await page.evaluate(({ lng, lat }) => window.foodmap.map.project([lng, lat]), place);
  const image = (await page.screenshot({ clip: { x: x - 3, y: y - 3, width: 7, height: 7 } })).toString('base64');
  return page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return [...context.getImageData(3, 3, 1, 1).data.slice(0, 3)];
  }, image);
}

/** Whether a part of the map, right of the panel, has the last colour. */
async function hasLastColour(page) {
  const clip = { x: 360, y: 100, width: 480, height: 420 };
  const image = (await page.screenshot({ clip })).toString('base64');
  const pixels = await page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return [...context.getImageData(0, 0, bitmap.width, bitmap.height).data];
  }, image);
  for (let at = 0; at < pixels.length; at += 4) if (distanceToLast(pixels.slice(at, at + 3)) < 45) return true;
  return false;
}

const distanceToLast = (colour) => Math.max(...colour.map((part, i) => Math.abs(part - LAST[i])));

test('the busiest location has the last colour at every zoom and radius', async () => {
  const places = { 12: await busiest(12, city.bounds) };
  const { lng, lat } = places[12];
  if (isNightly) {
    places[10] = await busiest(10, city.bounds);
    places[14] = await busiest(14, [lng - 0.02, lat - 0.02, lng + 0.02, lat + 0.02]);
  }
  await onPage({ hash: '#lang=en&view=heat', viewport: { width: 900, height: 600 }, pixelRatio: 1 }, async (page) => {
    for (const z of perTier([12], [10, 12, 14])) {
      const place = places[z];
      await moveTo(page, { ...place, zoom: z + 0.02 });
      const colour = await colourAt(page, place);
      assert.ok(distanceToLast(colour) < 45, `zoom ${z}: ${colour} is not about ${LAST.map(Math.round)}`);
    }
    // In the tier change, styles/heat.test.ts proves the settings, and drawing.test.mjs resets one.
    if (!isNightly) return;
    await moveTo(page, { ...places[12], zoom: 12.02 });
    await shoot(page, 'heat-automatic');
    await openGroup(page, 'appearance');
    await page.locator('[data-choice=radius] input').focus();
    for (let i = 0; i < 10; i += 1) await page.keyboard.press('ArrowRight');
    await settle(page);
    assert.match(page.url(), /radius=1\.5/);
    // A wide radius adds up neighbours, so another place may be the busiest one.
    assert.ok(await hasLastColour(page), 'with a wider radius');
    await page.locator('[data-choice=maximum] input').focus();
    await page.keyboard.press('Home');
    await settle(page);
    assert.match(page.url(), /maximum=0\.1/);
    const intensity = () =>
      page.evaluate(() => JSON.stringify(window.foodmap.map.getPaintProperty('density-heat', 'heatmap-intensity')));
    const strong = await intensity();
    await page.getByRole('button', { name: 'Automatic' }).click();
    await settle(page);
    assert.doesNotMatch(page.url(), /radius|maximum/);
    assert.notEqual(await intensity(), strong);
    await chooseRadio(page, 'view', 'cells');
  });
});
