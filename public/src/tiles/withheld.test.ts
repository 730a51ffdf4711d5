import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { LayerWriter } from './layerWriter';
import { type Cells, type Counts, decodeCells, encodeRemainders, remaindersOf, tileAndAncestors } from './withheld';

const cells = (...shown: [column: number, row: number, counts: Counts][]): Cells =>
  new Map(shown.map(([column, row, counts]) => [column + 64 * row, counts]));
const nothing = cells();

test('the orders that a parent has beyond its shown children are drawn where children are missing', () => {
  const parents = cells([3, 5, { orders: 20, l0: 12, l1: 8 }]);
  const children = cells([6, 10, { orders: 7, l0: 7 }], [7, 11, { orders: 6, l1: 6 }]);
  expect(remaindersOf({ z: 6, x: 0, y: 0 }, [parents, children])).toEqual([
    {
      zoom: 5,
      counts: { orders: 7, l0: 5, l1: 2 },
      of: 20,
      rects: [
        { left: 7, top: 10, right: 8, bottom: 11 },
        { left: 6, top: 11, right: 7, bottom: 12 },
      ],
    },
  ]);
});

test('a parent whose children have all of its orders has no remainder', () => {
  const parents = cells([0, 0, { orders: 9, l0: 9 }]);
  const children = cells([0, 0, { orders: 4, l0: 4 }], [1, 1, { orders: 5, l0: 5 }]);
  expect(remaindersOf({ z: 6, x: 0, y: 0 }, [parents, children])).toEqual([]);
});

test('a shown cell whose children are all withheld is drawn whole, at every deeper zoom', () => {
  // One cell of zoom 5 at the corner of its tile; from zoom 12 on it is wider than a tile.
  const parents = cells([0, 0, { orders: 30 }]);
  for (const z of [6, 8, 11, 12, 14]) {
    const tiles = [parents, ...Array.from({ length: z - 5 }, () => nothing)];
    const [remainder, ...more] = remaindersOf({ z, x: 0, y: 0 }, tiles);
    const area = remainder?.rects.reduce((sum, box) => sum + (box.right - box.left) * (box.bottom - box.top), 0);
    expect([remainder?.zoom, remainder?.counts.orders, area, more.length], `zoom ${z}`).toEqual([
      5,
      30,
      Math.min(4 ** (z - 5), 64 * 64),
      0,
    ]);
  }
});

test('each zoom has its own remainders, and they do not overlap', () => {
  const tiles = [cells([0, 0, { orders: 30 }]), cells([0, 0, { orders: 20 }]), cells([1, 1, { orders: 8 }])];
  const found = remaindersOf({ z: 7, x: 0, y: 0 }, tiles);
  expect(found.map(({ zoom, counts, of }) => [zoom, counts.orders, of])).toEqual([
    [5, 10, 30],
    [6, 12, 20],
  ]);
  const covered = found
    .flatMap(({ rects }) => rects)
    .flatMap(({ left, top, right, bottom }) => {
      const columns = Array.from({ length: right - left }, (_, i) => left + i);
      return columns.flatMap((column) => Array.from({ length: bottom - top }, (_, i) => `${column},${top + i}`));
    });
  expect(covered.toSorted()).toEqual([...new Set(covered)].toSorted());
  expect(covered.length + 1, 'all of the 4 × 4 cells but the shown one').toBe(16);
});

test('the remainders of a tile are clipped to it', () => {
  expect(tileAndAncestors({ z: 7, x: 5, y: 2 }, 5)).toEqual([
    { z: 5, x: 1, y: 0 },
    { z: 6, x: 2, y: 1 },
    { z: 7, x: 5, y: 2 },
  ]);
  // Tile 1/0 of zoom 6 starts in the middle of tile 0/0 of zoom 5 and contains its cell 40/3.
  const [remainder] = remaindersOf({ z: 6, x: 1, y: 0 }, [
    cells([40, 3, { orders: 6 }], [3, 3, { orders: 9 }]),
    nothing,
  ]);
  expect(remainder?.counts).toEqual({ orders: 6 });
  expect(remainder?.rects[0]).toEqual({ left: 16, top: 6, right: 17, bottom: 7 });
});

test('children that have more orders than their parent are an error', () => {
  const children = cells([0, 0, { orders: 6 }]);
  expect(() => remaindersOf({ z: 6, x: 0, y: 0 }, [cells([0, 0, { orders: 5 }]), children])).toThrow('more orders');
});

test('remainders have no users and no organic orders', () => {
  const cell = { orders: 9, organic: 4, unknown: 1, users: 6, l0: 9, o0: 4, x0: 1, u0: 6 };
  expect([...decodeCells(tile(cell)).entries()]).toEqual([[3 + 64 * 5, { orders: 9, l0: 9 }]]);
});

test('an encoded remainder is decoded by another library, with one square per quarter', () => {
  const remainders = remaindersOf({ z: 7, x: 0, y: 0 }, [nothing, cells([3, 5, { orders: 20, l1: 3 }]), nothing]);
  const layer = new VectorTile(new PbfReader(new Uint8Array(encodeRemainders('density', remainders)))).layers.density;
  const feature = layer?.feature(0);
  expect([layer?.length, layer?.extent, feature?.type]).toEqual([1, 64, 3]);
  expect(feature?.properties).toEqual({ zoom: 6, of: 20, orders: 20, l1: 3 });
  expect(feature?.loadGeometry().map((ring) => ring.map(({ x, y }) => [x, y]))).toEqual(
    [
      [6, 10],
      [7, 10],
      [6, 11],
      [7, 11],
    ].map(([x = 0, y = 0]) => [
      [x, y],
      [x + 1, y],
      [x + 1, y + 1],
      [x, y + 1],
      [x, y],
    ]),
  );
  expect(encodeRemainders('density', []).byteLength).toBe(0);
});

/** A tile with one cell, at column 3 and row 5, as tilegen writes it. */
function tile(counts: Counts): ArrayBuffer {
  const message = (field: number, body: number[]): number[] => [(field << 3) | 2, body.length, ...body];
  const text = (value: string): number[] => [...new TextEncoder().encode(value)];
  const tags = Object.keys(counts).flatMap((_, i) => [i, i]);
  const layer = [
    ...message(1, text('density')),
    ...message(2, [...message(2, tags), 3 << 3, 1, ...message(4, [9, 14, 22])]),
    ...Object.keys(counts).flatMap((name) => message(3, text(name))),
    ...Object.values(counts).flatMap((value) => message(4, [5 << 3, value])),
    ...[5 << 3, 128, 1, 15 << 3, 2],
  ];
  const { length } = layer;
  return new Uint8Array([0x1a, (length % 128) | 128, length >> 7, ...layer]).buffer;
}

test('a feature that is not one point with whole counts is rejected', () => {
  for (const [write, reason] of [
    [(layer: LayerWriter) => layer.rects([['orders', 1]], [{ left: 0, top: 0, right: 1, bottom: 1 }]), 'single point'],
    [(layer: LayerWriter) => layer.point([['orders', 0.5]], 1, 1), 'not a cell with counts'],
    [(layer: LayerWriter) => layer.point([['l0', 'many']], 1, 1), 'not a cell with counts'],
  ] as const) {
    const layer = new LayerWriter('density', 128, 64);
    write(layer);
    expect(() => decodeCells(layer.finish()), reason).toThrow(reason);
  }
});
