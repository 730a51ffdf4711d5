import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { pageModule } from '../modules.mjs';
import { published, skip } from './overlay.mjs';
import { URL_BASE } from './page.mjs';
import { perTier } from './tier.mjs';
import { catalog, json, tileAt, tilePath } from './tiles.mjs';

const tableOf = (name) => json(catalog.tables.find((table) => table.name === name).url);
const { tiles } = await json(published('coverage').tilejson);
/** One cell of this many in a tile is compared. */
const STEP = perTier(8, 1);

/** The compared cells of a published tile: attributes, column and row in the world grid. */
async function cellsOf(z, x, y) {
  const path = tilePath(tiles[0], { z, x, y });
  const response = await fetch(new URL(path, URL_BASE));
  if (response.status === 204) return [];
  assert.equal(response.status, 200, path);
  const layer = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer()))).layers.coverage;
  const indices = Array.from({ length: layer.length }, (_, i) => i).filter((i) => i % STEP === 0);
  return indices.map((i) => {
    const feature = layer.feature(i);
    const [[{ x: px, y: py }]] = feature.loadGeometry();
    const side = layer.extent / 64;
    const [column, row] = [x * 64 + Math.floor(px / side), y * 64 + Math.floor(py / side)];
    return { column, row, attributes: { ...feature.properties } };
  });
}

async function cellsAt(z, { bounds: [west, south, east, north] }) {
  const [left, top] = tileAt(west, north, z);
  const [right, bottom] = tileAt(east, south, z);
  const cells = [];
  for (let x = left; x <= right; x += 1) for (let y = top; y <= bottom; y += 1) cells.push(...(await cellsOf(z, x, y)));
  return cells;
}

test(`with default settings ${perTier('every eighth', 'every')} computed cell of every city equals the published one`, {
  skip: skip('coverage'),
  timeout: 600_000,
}, async (t) => {
  const { DeliveryAreas, DEFAULT_VENDORS, OWN_RADIUS, vendorsOf, areaGridOf, cellFacts, countPairs, packCounts } =
    await pageModule('coverage/nodeExports.ts');
  const tables = await Promise.all(catalog.cities.map(({ key }) => tableOf(`vendors/${key}`)));
  const deliveryAreas = new DeliveryAreas(
    tables.flatMap((table) => vendorsOf(table)),
    tables[0].lines,
    tables[0].grades,
  );
  const areaGrids = await Promise.all(
    catalog.cities.map(async ({ key }) => areaGridOf(await tableOf(`coverage-grid/${key}`))),
  );
  const zooms = [12, 11, 9, 6];
  const cells = await Promise.all(zooms.map((z) => Promise.all(catalog.cities.map((city) => cellsAt(z, city)))));
  const settings = { tableUrl: '', filter: DEFAULT_VENDORS, radii: OWN_RADIUS };
  const start = performance.now();
  const grids = deliveryAreas.count(settings, areaGrids);
  const durationMs = performance.now() - start;
  const circles = deliveryAreas.select(settings).map(({ circle }) => circle);
  const text = (facts, pattern = /./) =>
    JSON.stringify(
      Object.entries(facts ?? {})
        .filter(([name]) => pattern.test(name))
        .sort(),
    );
  let [compared, differingAreas, coarseCells] = [0, 0, 0];
  for (const { column, row, attributes } of cells[0].flat()) {
    const { packed = '', ...numbers } = attributes;
    const cell = { level: 18, column, row };
    const facts = cellFacts(grids, cell);
    if (text(facts) !== text(numbers)) assert.deepEqual(facts, numbers, `cell ${column} ${row}`);
    // The distance rule vendor by vendor is slow, so only some cells are checked.
    if (compared % 40 === 0) assert.equal(packCounts(countPairs(circles, cell)), packed, `cell ${column} ${row}`);
    compared += 1;
  }
  assert.ok(compared > 10_000, `${compared} cells`);
  // At lower zooms the counts are the same too. The area of a cell is that of a grid cell next to its middle.
  const counts = /^(total|share|[lg]\d+)$/;
  for (const [i, z] of zooms.entries()) {
    for (const { column, row, attributes } of i === 0 ? [] : cells[i].flat()) {
      const facts = cellFacts(grids, { level: z + 6, column, row });
      assert.equal(text(facts, counts), text(attributes, counts), `zoom ${z}: ${column} ${row}`);
      coarseCells += 1;
      if (facts.area !== attributes.area) differingAreas += 1;
    }
  }
  t.diagnostic(
    `${compared} cells of zoom 12 are the same, ${coarseCells} at lower zooms; ${differingAreas} of these have a different area`,
  );
  t.diagnostic(`${circles.length} vendors of three cities counted in ${durationMs.toFixed(0)} ms`);
});
