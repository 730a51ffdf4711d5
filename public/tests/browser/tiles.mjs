// The expected data: catalog, TileJSON and tiles, fetched and decoded independently of the page.

import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { URL_BASE } from './page.mjs';

export const json = async (path) => {
  const response = await fetch(new URL(path, URL_BASE));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
};

export const catalog = await json('/v1/catalog.json');
export const layers = ['density', 'density-public']
  .map((name) => catalog.layers.filter(({ layer }) => layer === name))
  .find((found) => found.length > 0);
export const layer = layers.find(({ slot }) => slot === '30d') ?? layers[0];
export const tileJson = await json(layer.tilejson);
export const city = catalog.cities.find(({ key }) => key === 'tehran') ?? catalog.cities[0];

export const tilePath = (template, { z, x, y }) => template.replace('{z}', z).replace('{x}', x).replace('{y}', y);

/** The cells of a tile, by "column,row" within it. Empty where there is no tile. */
export async function cellsOf({ z, x, y }, { tiles } = tileJson) {
  const path = tilePath(tiles[0], { z, x, y });
  const response = await fetch(new URL(path, URL_BASE));
  const cells = new Map();
  if (response.status === 204) return cells;
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  const decoded = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer()))).layers.density;
  for (let i = 0; i < decoded.length; i += 1) {
    const feature = decoded.feature(i);
    const [[point]] = feature.loadGeometry();
    const side = decoded.extent / 64;
    cells.set(`${Math.floor(point.x / side)},${Math.floor(point.y / side)}`, { ...feature.properties });
  }
  return cells;
}

/** The tile of the city with the most cells, at a zoom. */
export async function fullestTile(of, z, from = tileJson) {
  const [west, south, east, north] = of.bounds;
  const [left, top] = tileAt(west, north, z);
  const [right, bottom] = tileAt(east, south, z);
  let best = { z, x: left, y: top, cells: new Map() };
  for (let x = left; x <= right; x += 1) {
    for (let y = top; y <= bottom; y += 1) {
      const cells = await cellsOf({ z, x, y }, from);
      if (cells.size > best.cells.size) best = { z, x, y, cells };
    }
  }
  if (best.cells.size === 0) throw new Error(`no tile of zoom ${z} in ${of.key} has a cell`);
  return best;
}

export function tileAt(lng, lat, z) {
  const phi = (lat * Math.PI) / 180;
  const down = (1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2;
  return [Math.floor(((lng + 180) / 360) * 2 ** z), Math.floor(down * 2 ** z)];
}

/** Longitude and latitude of a place in a tile, in cells from its north-west corner. */
export function placeInTile({ z, x, y }, column, row) {
  const across = 2 ** z;
  const down = Math.PI * (1 - (2 * (y + row / 64)) / across);
  return { lng: ((x + column / 64) / across) * 360 - 180, lat: (Math.atan(Math.sinh(down)) * 180) / Math.PI };
}

/** An independent implementation of the measure of a cell: [min, max]. */
export function expected(cell, kind, lines) {
  const at = (name) => cell[name] ?? 0;
  const add = (make) => lines.reduce((sum, i) => sum + make(i), 0);
  if (lines.length === 0) {
    const n =
      { orders: at('orders'), organic: at('organic'), users: at('users') }[kind] ??
      at('orders') - at('organic') - at('unknown');
    return [n, n];
  }
  if (kind === 'users') {
    const users = lines.map((i) => at(`u${i}`));
    const sum = users.reduce((a, b) => a + b, 0);
    return lines.length === 1 ? [sum, sum] : [Math.max(...users), Math.min(at('users'), sum)];
  }
  const n = add((i) =>
    kind === 'orders' ? at(`l${i}`) : kind === 'organic' ? at(`o${i}`) : at(`l${i}`) - at(`o${i}`) - at(`x${i}`),
  );
  return [n, n];
}

/** The quantiles of a city at a zoom; those of all cities where the archive has none. */
export const quantilesAt = (z, from = tileJson, of = city) =>
  from.city_quantiles?.[of.key]?.[z] ?? from.quantiles[z] ?? {};

/** An independent implementation of the class limits, from the TileJSON. */
export function expectedLimits(z, kind, lines, from = tileJson) {
  const keys =
    lines.length === 0
      ? [kind]
      : lines.map((i) => ({ orders: 'l', organic: 'o', nonorganic: 'n', users: 'u' })[kind] + i);
  const at = (p) => Math.max(1, ...keys.map((key) => quantilesAt(z, from)[key]?.[from.probabilities.indexOf(p)] ?? 0));
  return [...new Set([1, ...[0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map(at)])].sort((a, b) => a - b);
}
