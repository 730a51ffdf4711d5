// The features of overlays at a position: in their tiles, and in the popup of the page.

import assert from 'node:assert/strict';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { URL_BASE } from './page.mjs';
import { catalog, city, json, tileAt, tilePath } from './tiles.mjs';

export const published = (name) => catalog.layers.find(({ layer }) => layer === name);
export const skip = (name) => (published(name) ? false : `the layer ${name} is not published`);

/** The features of the served tile at the city's centre, with their positions. */
export async function featuresOf(layer, sourceLayer, z) {
  const { tiles } = await json(published(layer).tilejson);
  const [x, y] = tileAt(...city.center, z);
  const path = tilePath(tiles[0], { z, x, y });
  const response = await fetch(new URL(path, URL_BASE));
  assert.equal(response.status, 200, path);
  const decoded = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer()))).layers[sourceLayer];
  return Array.from({ length: decoded.length }, (_, i) => {
    const feature = decoded.feature(i);
    return { ...feature.properties, place: feature.toGeoJSON(x, y, z).geometry.coordinates };
  });
}

export async function factsAt(page, [lng, lat]) {
  const at = await page.evaluate(([x, y]) => window.foodmap.map.project([x, y]), [lng, lat]);
  await page.mouse.click(at.x, at.y);
  await page.waitForSelector('.cell[data-overlay]');
  return page
    .locator('.cell [data-fact]')
    .evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.dataset.fact, row.dataset.value])));
}
