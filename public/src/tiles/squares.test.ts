import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { pointsToSquares } from './squares';

/** A tile as tilegen writes it, encoded by hand. */
function tile(features: number[][], extent = 128, type = 1): ArrayBuffer {
  const text = (value: string): number[] => [...new TextEncoder().encode(value)];
  const message = (field: number, body: number[]): number[] => [(field << 3) | 2, ...varint(body.length), ...body];
  const layer = [
    ...message(1, text('density')),
    ...features.flatMap((geometry) => message(2, [...message(2, [0, 0]), 3 << 3, type, ...message(4, geometry)])),
    ...message(3, text('orders')),
    ...message(4, [5 << 3, ...varint(70_000)]),
    5 << 3,
    ...varint(extent),
    15 << 3,
    2,
  ];
  return new Uint8Array(message(3, layer)).buffer;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

const point = (x: number, y: number): number[] => [9, ...varint(2 * x), ...varint(2 * y)];

const decode = (bytes: ArrayBuffer): VectorTile['layers'][string] => {
  const layer = new VectorTile(new PbfReader(new Uint8Array(bytes))).layers.density;
  if (!layer) throw new Error('no layer density');
  return layer;
};

test('a point becomes the square of its cell, with its attributes', () => {
  for (const [x, y] of [
    [1, 1],
    [83, 45],
    [127, 127],
  ] as const) {
    const feature = decode(pointsToSquares(tile([point(x, y)]))).feature(0);
    expect(feature.type).toBe(3);
    expect(feature.properties.orders).toBe(70_000);
    const [ring = []] = feature.loadGeometry();
    expect(
      ring.map(({ x: px, y: py }) => [px - x, py - y]),
      `${x}, ${y}`,
    ).toEqual([
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
      [-1, -1],
    ]);
  }
});

test('neighbouring cells share an edge', () => {
  const layer = decode(pointsToSquares(tile([point(5, 5), point(7, 5)])));
  const [west = []] = layer.feature(0).loadGeometry();
  const [east = []] = layer.feature(1).loadGeometry();
  expect(Math.max(...west.map(({ x }) => x))).toBe(Math.min(...east.map(({ x }) => x)));
});

test('a full tile keeps its 4,096 cells and fills the extent', () => {
  const all = Array.from({ length: 4096 }, (_, i) => point(2 * (i % 64) + 1, 2 * Math.floor(i / 64) + 1));
  const layer = decode(pointsToSquares(tile(all)));
  expect(layer.length).toBe(4096);
  let area = 0;
  for (let i = 0; i < layer.length; i += 1) {
    const [ring = []] = layer.feature(i).loadGeometry();
    const [a, , c] = ring;
    area += ((c?.x ?? 0) - (a?.x ?? 0)) * ((c?.y ?? 0) - (a?.y ?? 0));
  }
  expect(area).toBe(128 * 128);
});

test('the size of cells follows the extent', () => {
  const [ring = []] = decode(pointsToSquares(tile([point(96, 32)], 4096)))
    .feature(0)
    .loadGeometry();
  expect(ring.map(({ x, y }) => [x, y])).toEqual([
    [64, 0],
    [128, 0],
    [128, 64],
    [64, 64],
    [64, 0],
  ]);
});

test('an empty tile stays empty', () => {
  expect(pointsToSquares(new ArrayBuffer(0)).byteLength).toBe(0);
});

test('a tile that does not consist of cell centres is rejected with a reason', () => {
  expect(() => pointsToSquares(tile([point(1, 1)], 128, 2))).toThrow('feature type 2 is not a point');
  expect(() => pointsToSquares(tile([[...point(1, 1), 9, 2, 2]]))).toThrow('not a single point');
  expect(() => pointsToSquares(tile([point(1, 1)], 100))).toThrow('multiple of 128');
  expect(() => pointsToSquares(tile([point(1, 1)]).slice(0, 20))).toThrow('truncated');
});
