import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { gridToLngLat, squareAt } from '../tiles/cells';
import { linesIn, RADIUS_LAYER, radiusTile } from './circles';
import { type Circle, covers, EARTH_RADIUS_M } from './rule';

const vendor: Circle = { lng: 51.4, lat: 35.7, radiusM: 3000, line: 0, grade: 0 };
const place = { lng: vendor.lng, lat: vendor.lat };

function distanceM(a: { lng: number; lat: number }, b: { lng: number; lat: number }): number {
  const rad = Math.PI / 180;
  const cosine =
    Math.sin(a.lat * rad) * Math.sin(b.lat * rad) +
    Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.cos((b.lng - a.lng) * rad);
  return EARTH_RADIUS_M * Math.acos(Math.min(cosine, 1));
}

/** Points along the line of a circle in the tiles around it. */
function drawn(circle: Circle, z: number): { lng: number; lat: number }[] {
  const middle = squareAt(circle.lng, circle.lat, z);
  const points: { lng: number; lat: number }[] = [];
  for (let x = middle.column - 4; x <= middle.column + 4; x += 1) {
    for (let y = middle.row - 4; y <= middle.row + 4; y += 1) {
      for (const line of linesIn(circle, { z, x, y })) {
        for (let i = 0; i < line.length; i += 2) {
          const [lng, lat] = gridToLngLat(x + (line[i] ?? 0) / 4096, y + (line[i + 1] ?? 0) / 4096, z);
          points.push({ lng, lat });
        }
      }
    }
  }
  return points;
}

test('every point of a circle is at the radius in metres from the vendor', () => {
  for (const [lat, radiusM, z] of [
    [35.7, 3000, 12],
    [35.7, 500, 14],
    [29.6, 8000, 11],
    [59.9, 3000, 13],
  ] as const) {
    const circle = { ...vendor, lat, radiusM };
    const points = drawn(circle, z);
    expect(points.length).toBeGreaterThan(20);
    // The length of a tile unit. At the edge of a tile a line ends on a chord, which is up to a quarter of a pixel inside the arc.
    const unit = (40_075_017 * Math.cos((lat * Math.PI) / 180)) / 2 ** z / 4096;
    for (const point of points) {
      expect(Math.abs(distanceM(circle, point) - radiusM), `${lat} ${radiusM} ${z}`).toBeLessThan(4 * unit);
    }
  }
});

test('a circle is closed, and tiles far from the circle or inside it contain no part of it', () => {
  const bearings = drawn(vendor, 13).map(({ lng, lat }) => Math.atan2((lng - 51.4) * Math.cos(0.623), lat - 35.7));
  const sorted = bearings.toSorted((a, b) => a - b);
  const gaps = sorted.map((bearing, i) => bearing - (sorted[i - 1] ?? (sorted.at(-1) ?? 0) - 2 * Math.PI));
  expect(Math.max(...gaps)).toBeLessThan(0.1);
  const inside = squareAt(51.4, 35.7, 16);
  expect(linesIn(vendor, { z: 16, x: inside.column, y: inside.row })).toEqual([]);
  expect(linesIn(vendor, { z: 12, x: 2600, y: 1600 })).toEqual([]);
  expect(covers(vendor, place)).toBe(true);
});

test('a tile has one feature for each colour, and lines extend only into the buffer', () => {
  const { column: x, row: y } = squareAt(51.43, 35.7, 13);
  const of = (platform: string, is_dual: number | undefined) => ({
    vendor: { code: '1', platform, line: '', grade: '', ...place, radius_m: 3000, areaIds: [], is_dual },
    circle: vendor,
  });
  const deliveryAreas = [
    of('snappfood', 1),
    of('tapsifood', 0),
    of('snappfood', undefined),
    of('tapsifood', undefined),
  ];
  const tile = new VectorTile(new PbfReader(new Uint8Array(radiusTile(deliveryAreas, { z: 13, x, y }))));
  const layer = tile.layers[RADIUS_LAYER];
  const features = Array.from({ length: layer?.length ?? 0 }, (_, i) => layer?.feature(i));
  expect(features.map((feature) => feature?.properties.category).toSorted()).toEqual([0, 1, 2]);
  expect(features.map((feature) => feature?.loadGeometry().length)).toEqual([1, 2, 1]);
  for (const point of features.flatMap((feature) => feature?.loadGeometry().flat() ?? [])) {
    expect(Math.max(-point.x, -point.y, point.x - 4096, point.y - 4096)).toBeLessThanOrEqual(32);
  }
});

test('a circle across the antimeridian continues on the other side', () => {
  const east = { ...vendor, lng: 179.99, lat: 0 };
  expect(linesIn(east, { z: 12, x: 0, y: 2047 }).length).toBeGreaterThan(0);
  expect(linesIn(east, { z: 12, x: 4095, y: 2047 }).length).toBeGreaterThan(0);
});
