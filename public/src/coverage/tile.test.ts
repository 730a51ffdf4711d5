import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { squareAt } from '../tiles/cells';
import { type AreaGrid, areaGridOf } from './areaGrid';
import { countCoverage } from './count';
import type { CountedGrid } from './rollup';
import type { Circle } from './rule';
import { cellFacts, coverageTile } from './tile';

/** 70 × 60 cells around a corner of four tiles of zoom 12; two areas, one without targets, and cells outside any area. */
const corner = squareAt(51.4, 35.7, 12);
const first = { column: corner.column * 64 - 30, row: corner.row * 64 - 25 };
const [columns, rows] = [70, 60];
const table = {
  lines: ['Bakery', 'Cafe'],
  level: 18,
  first_column: first.column,
  first_row: first.row,
  columns,
  rows,
  areas: [501, 502],
  runs: [0, 20 * columns, -1, 10 * columns, 1, 20 * columns, 0, 10 * columns],
  targets: [[4, 0], null],
};
const areaGrid: AreaGrid = areaGridOf(table);
const circles: Circle[] = Array.from({ length: 25 }, (_, i) => ({
  lng: 51.33 + ((i * 37) % 25) * 0.004,
  lat: 35.66 + ((i * 11) % 25) * 0.003,
  radiusM: 300 + ((i * 7) % 25) * 80,
  line: i % 2,
  grade: i % 3,
}));
const grids: CountedGrid[] = [{ areaGrid, coverage: countCoverage(areaGrid.grid, circles, 2, 3) }];

function featuresOf(
  tile: { z: number; x: number; y: number },
  shape: 'squares' | 'points',
  from = grids,
  lines: number[] = [],
) {
  const bytes = coverageTile(from, tile, shape, lines);
  const layer = new VectorTile(new PbfReader(new Uint8Array(bytes))).layers.coverage;
  return Array.from({ length: layer?.length ?? 0 }, (_, i) => {
    const feature = layer?.feature(i);
    const [ring = []] = feature?.loadGeometry() ?? [];
    return {
      properties: feature?.properties ?? {},
      ring: ring.map(({ x, y }) => [x, y] as const),
      type: feature?.type,
    };
  });
}

test('a tile has every cell that is covered or inside an area, as a square or a point, with its counts', () => {
  const tile = { z: 12, x: corner.column, y: corner.row };
  const squares = featuresOf(tile, 'squares');
  const points = featuresOf(tile, 'points');
  expect(points.map(({ properties }) => properties)).toEqual(squares.map(({ properties }) => properties));
  let expected = 0;
  for (let row = 0; row < 64; row += 1) {
    for (let column = 0; column < 64; column += 1) {
      const address = { level: 18, column: corner.column * 64 + column, row: corner.row * 64 + row };
      const facts = cellFacts(grids, address);
      if (!facts) continue;
      const [square, point] = [squares[expected], points[expected]];
      const drawn = Object.entries(facts).filter(([name]) => /^(total|[tr]\d+)$/.test(name));
      expect(square?.properties, `cell ${column} ${row}`).toEqual(Object.fromEntries(drawn));
      expect(square?.ring[0]).toEqual([2 * column, 2 * row]);
      expect(square?.ring[2]).toEqual([2 * column + 2, 2 * row + 2]);
      expect(point?.ring).toEqual([[2 * column + 1, 2 * row + 1]]);
      expected += 1;
    }
  }
  expect(squares).toHaveLength(expected);
  expect(expected).toBeGreaterThan(500);
});

test('a tile of several lines has their counts, and the area of each cell that has one', () => {
  const tile = { z: 12, x: corner.column, y: corner.row };
  for (const { properties, ring } of featuresOf(tile, 'points', grids, [0, 1])) {
    const [[x = 0, y = 0] = []] = ring;
    const [column, row] = [corner.column * 64 + (x - 1) / 2, corner.row * 64 + (y - 1) / 2];
    const { l0, l1, area } = cellFacts(grids, { level: 18, column, row }) ?? {};
    expect([properties.l0, properties.l1, properties.area], `${x} ${y}`).toEqual([l0, l1, area]);
    expect(Number(l0 ?? 0) + Number(l1 ?? 0)).toBe(properties.total);
  }
});

test('a cell has its area, targets and ratios; the ratio of a zero target is 2; there are no cells outside', () => {
  const facts = (column: number, row: number) =>
    cellFacts(grids, { level: 18, column: first.column + column, row: first.row + row });
  const inside = facts(35, 10);
  expect(inside).toMatchObject({ area: 501, t0: 4, r0: (inside?.l0 ?? 0) / 4, t1: 0, r1: 2 });
  const untargeted = facts(35, 35);
  expect(untargeted).toMatchObject({ area: 502 });
  expect(Object.keys(untargeted ?? {}).filter((name) => /^[tr]\d/.test(name))).toEqual([]);
  const none = Array.from({ length: columns }, (_, column) => facts(column, 25));
  expect(none).toContain(null);
  expect(facts(-1, 10)).toBeNull();
});

test('at lower zooms than the grid a cell has the mean of its grid cells and the covered share', () => {
  const { coverage } = grids[0] as CountedGrid;
  const [level, shift] = [16, 2];
  for (const [column, row] of [
    [(first.column + 36) >> shift, (first.row + 12) >> shift],
    [(first.column + 2) >> shift, first.row >> shift],
  ] as const) {
    const below: number[] = [];
    for (let y = row << shift; y < (row + 1) << shift; y += 1) {
      for (let x = column << shift; x < (column + 1) << shift; x += 1) {
        const [dx, dy] = [x - first.column, y - first.row];
        if (dx >= 0 && dx < columns && dy >= 0 && dy < rows) below.push(dy * columns + dx);
      }
    }
    const mean = (of: Int32Array) => below.reduce((sum, cell) => sum + (of[cell] ?? 0), 0) / below.length;
    const facts = cellFacts(grids, { level, column, row });
    expect(facts?.total).toBeCloseTo(mean(coverage.total), 2);
    expect(facts?.l1 ?? 0).toBeCloseTo(mean(coverage.lines[1] as Int32Array), 2);
    expect(facts?.g2 ?? 0).toBeCloseTo(mean(coverage.grades[2] as Int32Array), 2);
    expect(facts?.share).toBeCloseTo(below.filter((cell) => (coverage.total[cell] ?? 0) > 0).length / below.length, 3);
    if (facts?.area === 501) expect(facts.r0).toBe(Math.floor(((facts.l0 ?? 0) / 4) * 1000) / 1000);
  }
});

test('a cell that two grids share is counted once', () => {
  const tile = { z: 10, x: corner.column >> 2, y: corner.row >> 2 };
  expect(featuresOf(tile, 'squares', [...grids, ...grids])).toEqual(featuresOf(tile, 'squares'));
});

test('runs that do not fill the grid are rejected', () => {
  expect(() => areaGridOf({ ...table, runs: [0, 5] })).toThrow('runs');
});
