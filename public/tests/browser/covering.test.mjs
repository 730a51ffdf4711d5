// Who covers a point: the list in the popup against the vendor table and the distance on a sphere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsAt, skip } from './overlay.mjs';
import { assertAccessible, bytesOf, follow, moveTo, onPage, settle, shoot } from './page.mjs';
import { catalog, city, json } from './tiles.mjs';

const options = { skip: skip('coverage'), timeout: 600_000 };
const tables = await Promise.all(
  catalog.tables.filter(({ name }) => name.startsWith('vendors/')).map(({ url }) => json(url)),
);
const vendors = tables.flatMap(({ columns, lines, count }) =>
  Array.from({ length: count }, (_, i) => ({
    code: columns.code[i],
    line: lines[columns.line[i]],
    isDefault: columns.status[i] === 5 && columns.visible[i] === 1,
    radius: columns.radius_m[i],
    at: [columns.lng_e7[i] / 1e7, columns.lat_e7[i] / 1e7],
  })),
);

/** The spherical law of cosines, in metres. */
function distance([lng, lat], [toLng, toLat]) {
  const [a, b, d] = [lat, toLat, toLng - lng].map((degrees) => (degrees * Math.PI) / 180);
  return 6_371_008.8 * Math.acos(Math.min(Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(d), 1));
}

const covering = (place, passes) =>
  vendors
    .filter((vendor) => passes(vendor) && distance(vendor.at, place) <= vendor.radius)
    .map(({ code }) => code)
    .sort();

async function saved(page) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('[data-action=covering-csv]').click(),
  ]);
  const [, ...rows] = (await bytesOf(download)).toString('utf8').trim().split('\r\n');
  return rows.map((row) => row.split(',"')[1]?.replaceAll('"', '')).sort();
}

test('one click lists the vendors that cover a point, filtered and exportable', options, async () => {
  const place = [city.center[0] + 0.0123, city.center[1] + 0.0045];
  await onPage({ hash: '#lang=en&density=off&over=coverage&line=Bakery', asDefault: true }, async (page) => {
    await moveTo(page, { lng: place[0], lat: place[1], zoom: 14 });
    await factsAt(page, place);
    const list = page.locator('.covering');
    await list.waitFor();
    const wanted = covering(place, ({ isDefault, line }) => isDefault && line === 'Bakery');
    // A click is exact to a pixel, which a vendor at the edge of its circle may cross.
    const close = (found) => assert.ok(Math.abs(found - wanted.length) <= 1, `${found} of ${wanted.length}`);
    close(Number(await list.getAttribute('data-covering')));
    const distances = await list
      .locator('[data-distance]')
      .evaluateAll((all) => all.map((one) => Number(one.dataset.distance)));
    assert.deepEqual(
      distances,
      distances.toSorted((a, b) => a - b),
    );
    const codes = await saved(page);
    close(codes.length);
    assert.ok(codes.filter((code) => !wanted.includes(code)).length <= 1);
    await assertAccessible(page, 'who covers this point');
    await shoot(page, 'covering-en');
    await follow(
      page,
      '#lang=fa&theme=night&density=off&over=coverage&vendor-status=5&vendor-visible=yes&line=Bakery&line=Cafe',
    );
    const both = covering(place, ({ isDefault, line }) => isDefault && (line === 'Bakery' || line === 'Cafe'));
    await page.waitForFunction(
      (count) => Math.abs(Number(document.querySelector('.covering')?.dataset.covering) - count) <= 1,
      both.length,
    );
    await shoot(page, 'covering-fa-night');
    await list.locator('[data-code] button').first().click();
    await page.waitForSelector('.cell[data-overlay=vendors], .cell-sheet', { timeout: 10_000 });
    await settle(page);
  });
});
