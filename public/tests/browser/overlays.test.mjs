import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { moveTo, onPage, settle, shoot, URL_BASE } from './page.mjs';
import { catalog, city, json, tileAt } from './tiles.mjs';

const published = (name) => catalog.layers.find(({ layer }) => layer === name);
const skip = (name) => (published(name) ? false : `the layer ${name} is not published`);

/** Features of the tile under the city's centre, with their places, as the server tells them. */
async function featuresOf(layer, sourceLayer, z) {
  const { tiles } = await json(published(layer).tilejson);
  const [x, y] = tileAt(...city.center, z);
  const path = tiles[0].replace('{z}', z).replace('{x}', x).replace('{y}', y);
  const response = await fetch(new URL(path, URL_BASE));
  assert.equal(response.status, 200, path);
  const decoded = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer()))).layers[sourceLayer];
  return Array.from({ length: decoded.length }, (_, i) => {
    const feature = decoded.feature(i);
    return { ...feature.properties, place: feature.toGeoJSON(x, y, z).geometry.coordinates };
  });
}

async function factsAt(page, [lng, lat]) {
  const at = await page.evaluate(([x, y]) => window.foodmap.map.project([x, y]), [lng, lat]);
  await page.mouse.click(at.x, at.y);
  await page.waitForSelector('.cell[data-overlay]');
  return page
    .locator('.cell [data-fact]')
    .evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.dataset.fact, row.dataset.value])));
}

/** The feature that lies furthest from every other: a click there can mean no other. */
function loneliest(features) {
  const gap = ({ place: [lng, lat] }, among) =>
    Math.min(...among.map(({ place: [x, y] }) => (x - lng) ** 2 + (y - lat) ** 2));
  const spaced = features.map((feature) => [
    gap(
      feature,
      features.filter((other) => other !== feature),
    ),
    feature,
  ]);
  return spaced.toSorted((a, b) => b[0] - a[0])[0][1];
}

test('each overlay is switched on by hand, drawn, and kept in the address', async () => {
  await onPage({}, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 12.3 });
    const layers = { coverage: 'coverage', areas: 'areas-line', population: 'population', vendors: 'vendors' };
    for (const [overlay, layer] of Object.entries(layers)) {
      const box = page.locator(`[data-choice=overlays] input[value=${overlay}]`);
      if (!published(overlay)) {
        assert.equal(await box.count(), 0, `${overlay} is offered though nobody published it`);
        continue;
      }
      await page.locator(`[data-choice=overlays] label:has(input[value=${overlay}])`).click();
      await page.waitForFunction(
        (id) =>
          window.foodmap.map.getLayer(id) && window.foodmap.map.queryRenderedFeatures({ layers: [id] }).length > 0,
        layer,
      );
      assert.match(new URL(page.url()).hash, new RegExp(`over=${overlay}`));
    }
    await settle(page);
    await shoot(page, 'overlays-all');
  });
});

test('a vendor tells its own numbers', { skip: skip('vendors') }, async () => {
  const vendor = loneliest(await featuresOf('vendors', 'vendors', 12));
  await onPage({ hash: '#lang=fa&over=vendors' }, async (page) => {
    await moveTo(page, { lng: vendor.place[0], lat: vendor.place[1], zoom: 15 });
    const facts = await factsAt(page, vendor.place);
    assert.equal(facts.code, vendor.code);
    assert.equal(facts.line, vendor.line);
    assert.equal(Number(facts.radius_m), vendor.radius_m);
    if (vendor.name) assert.equal(await page.locator('.cell .name').textContent(), vendor.name);
    await shoot(page, 'overlay-vendor-fa');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.cell', { state: 'detached' });
  });
});

test('a cell of coverage tells what its tile has', { skip: skip('coverage') }, async () => {
  const cells = await featuresOf('coverage', 'coverage', 12);
  const cell = cells.toSorted((a, b) => b.total - a.total)[0];
  await onPage({ hash: '#lang=en&over=coverage' }, async (page) => {
    await moveTo(page, { lng: cell.place[0], lat: cell.place[1], zoom: 12.5 });
    const facts = await factsAt(page, cell.place);
    assert.equal(Number(facts.total), cell.total);
    for (const name of Object.keys(cell).filter((key) => /^[lr]\d+$/.test(key))) {
      assert.equal(Number(facts[name]), cell[name], name);
    }
    await shoot(page, 'overlay-coverage');
  });
});

test('coverage of one line is coloured against its targets', { skip: skip('coverage') }, async () => {
  const { lines } = await json(published('coverage').tilejson);
  const line = encodeURIComponent(lines.at(-1));
  await onPage({ hash: `#lang=fa&theme=night&over=coverage&over=areas&line=${line}` }, async (page) => {
    await moveTo(page, { lng: city.center[0], lat: city.center[1], zoom: 11.6 });
    const colour = await page.evaluate(() =>
      JSON.stringify(window.foodmap.map.getPaintProperty('coverage', 'fill-color')),
    );
    assert.match(colour, new RegExp(`"r${lines.length - 1}"`));
    await shoot(page, 'overlay-ratio-fa-night');
  });
});

test('an area tells its name', { skip: skip('areas') }, async () => {
  const labels = await featuresOf('areas', 'area-labels', 12);
  const area = labels.find(({ kind }) => kind === 'marketing');
  await onPage({ hash: '#lang=fa&over=areas&kind=users' }, async (page) => {
    await moveTo(page, { lng: area.place[0], lat: area.place[1], zoom: 13 });
    const found = await page.evaluate(
      ([x, y]) =>
        window.foodmap.map
          .queryRenderedFeatures(window.foodmap.map.project([x, y]), { layers: ['areas-fill'] })
          .map((f) => f.properties.name),
      area.place,
    );
    assert.ok(found.includes(area.name), `${area.name} is not drawn where its label is: ${found}`);
    await shoot(page, 'overlay-areas-fa');
  });
});

test('a click on an area tells its name and its inhabitants, if anybody counted them', {
  skip: skip('areas'),
}, async () => {
  const labels = await featuresOf('areas', 'area-labels', 13);
  await onPage({ hash: '#lang=en&over=areas' }, async (page) => {
    const [lng, lat] = labels.find(({ kind }) => kind === 'marketing').place;
    await moveTo(page, { lng, lat, zoom: 14 });
    // A cell of density would answer first, so the click goes where there is none.
    const spot = await page.evaluate(() => {
      const { map } = window.foodmap;
      const { width, height } = map.getCanvas().getBoundingClientRect();
      for (let x = width * 0.4; x < width * 0.7; x += 7) {
        for (let y = height * 0.3; y < height * 0.5; y += 7) {
          const at = (id) => map.queryRenderedFeatures([x, y], { layers: [id] });
          const [area] = at('areas-fill');
          if (area && at('density-cells').length === 0) return { x, y, ...area.properties };
        }
      }
      return null;
    });
    assert.ok(spot, 'some place has an area and no order');
    await page.mouse.click(spot.x, spot.y);
    await page.waitForSelector('.cell[data-overlay=areas]');
    assert.equal(await page.locator('.cell .name').textContent(), spot.name);
    const told = page.locator('.cell [data-fact=population]');
    assert.equal(await told.count(), spot.population === undefined ? 0 : 1);
    await shoot(page, 'overlay-area-popup');
  });
});
