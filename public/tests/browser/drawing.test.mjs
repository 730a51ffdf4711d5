import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawn } from './drawnCells.mjs';
import { chooseRadio, moveTo, onPage, openGroup, settle, shoot, toggleLine } from './page.mjs';
import { perTier } from './tier.mjs';
import { city, expectedLimits, fullestTile, placeInTile, tileJson } from './tiles.mjs';

/** The lower limits in the legend, highest first. */
const legendLimits = (page) =>
  page.locator('.corner .classes li').evaluateAll((rows) => rows.map((row) => Number(row.dataset.from)));

const zoom = Math.min(12, tileJson.maxzoom);
const tile = await fullestTile(city, zoom);
const middle = { ...placeInTile(tile, 32, 32), zoom: zoom + 0.1 };

test('cells are drawn with the counts of the tile for every kind, and the legend has their limits', async () => {
  await onPage({ viewport: { width: 1300, height: 900 } }, async (page) => {
    await moveTo(page, middle);
    for (const kind of perTier(['orders', 'nonorganic'], ['orders', 'organic', 'nonorganic', 'users'])) {
      await chooseRadio(page, 'kind', kind);
      await assertDrawn(page, tile, kind, []);
      assert.deepEqual((await legendLimits(page)).reverse(), expectedLimits(zoom, kind, []), kind);
    }
    await shoot(page, 'cells');
  });
});

test('business lines add up, and the bounds of users are explained', async () => {
  if (tileJson.lines.length < 3) return;
  const chosen = [0, tileJson.lines.length - 1];
  await onPage({ viewport: { width: 1300, height: 900 } }, async (page) => {
    await moveTo(page, middle);
    for (const i of chosen) await toggleLine(page, tileJson.lines[i]);
    for (const kind of perTier(['users'], ['orders', 'nonorganic', 'organic', 'users'])) {
      await chooseRadio(page, 'kind', kind);
      await assertDrawn(page, tile, kind, chosen);
      const says = await page.locator('.corner .legend').innerText();
      assert.equal(says.includes('cannot be added up'), kind === 'users', kind);
    }
    await shoot(page, 'lines');
    await toggleLine(page, tileJson.lines[chosen[1]]);
    await assertDrawn(page, tile, 'users', [chosen[0]]);
  });
});

test('the legend follows the zoom', async () => {
  await onPage({}, async (page) => {
    for (const z of perTier([tileJson.maxzoom, zoom - 2], [tileJson.maxzoom, zoom - 2, zoom])) {
      await moveTo(page, { ...middle, zoom: z + 0.3 });
      assert.equal(await page.locator('.corner .legend').getAttribute('data-zoom'), String(z));
      assert.deepEqual((await legendLimits(page)).reverse(), expectedLimits(z, 'orders', []), `zoom ${z}`);
    }
  });
});

/** The deepest tile that has nine cells in a block, and the block's north-western one. */
async function nineCells() {
  for (let z = zoom; z >= tileJson.minzoom; z -= 1) {
    const tile = await fullestTile(city, z);
    const has = (column, row) => tile.cells.has(`${column},${row}`);
    const corner = [...tile.cells.keys()]
      .map((key) => key.split(',').map(Number))
      .find(([column, row]) => [0, 1, 2].every((dx) => [0, 1, 2].every((dy) => has(column + dx, row + dy))));
    if (corner) return { tile, corner };
  }
  throw new Error('no tile has nine cells in a block');
}

test('there are no gaps between neighbouring cells at integer and fractional zooms', async () => {
  const { tile, corner } = await nineCells();
  await onPage({ pixelRatio: 1 }, async (page) => {
    for (const z of perTier([tile.z + 0.37], [tile.z, tile.z + 0.37, tile.z + 0.81])) {
      const from = placeInTile(tile, corner[0] + 0.3, corner[1] + 0.3);
      const to = placeInTile(tile, corner[0] + 2.7, corner[1] + 2.7);
      await moveTo(page, { lng: (from.lng + to.lng) / 2, lat: (from.lat + to.lat) / 2, zoom: z });
      const box = await page.evaluate(
        ([a, b]) => [a, b].map(({ lng, lat }) => window.foodmap.map.project([lng, lat])).map(({ x, y }) => [x, y]),
        [from, to],
      );
      const clip = { x: box[0][0], y: box[0][1], width: box[1][0] - box[0][0], height: box[1][1] - box[0][1] };
      const image = (await page.screenshot({ clip })).toString('base64');
      const background = await page.evaluate(async (data) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context.drawImage(bitmap, 0, 0);
        const { data: pixels } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        const light = [];
        for (let i = 0; i < pixels.length; i += 4) light.push(pixels.slice(i, i + 3).join(','));
        return light;
      }, image);
      assert.ok(
        background.length > 100 && !background.includes('248,249,250'),
        `the ground shows through at zoom ${z}`,
      );
    }
  });
});

test('the heat view draws the same tile as a surface, and its settings can be reset', async () => {
  await onPage({ hash: '#lang=en&view=heat' }, async (page) => {
    await moveTo(page, middle);
    const drawn = await page.evaluate(() =>
      window.foodmap.map
        .querySourceFeatures('density', { sourceLayer: 'density' })
        .map(({ properties }) => properties.orders),
    );
    for (const orders of [...tile.cells.values()].map((cell) => cell.orders).slice(0, 200))
      assert.ok(drawn.includes(orders));
    await openGroup(page, 'appearance');
    const slider = page.locator('[data-choice="radius"] input');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    assert.match(page.url(), /radius=1\.05/);
    await page.getByRole('button', { name: 'Automatic' }).click();
    await settle(page);
    assert.doesNotMatch(page.url(), /radius/);
    await chooseRadio(page, 'weight', 'classic');
    await shoot(page, 'heat');
    await chooseRadio(page, 'view', 'cells');
    await assertDrawn(page, tile, 'orders', []);
  });
});
