import { areaGapsOf, shortfallOf } from './areaGaps';
import { areaGridOf } from './areaGrid';

test('each area with a target has its median, its cells below target and its missing vendors', () => {
  const areaGrid = areaGridOf({
    lines: ['Bakery', 'Cafe'],
    level: 18,
    first_column: 0,
    first_row: 0,
    columns: 5,
    rows: 2,
    areas: [501, 502, 503, 504],
    runs: [0, 4, 1, 2, -1, 1, 2, 3],
    targets: [[3, 0], null, [2, null], [5, 5]],
  });
  const lines = [Int32Array.of(1, 2, 3, 9, 0, 0, 0, 2, 4, 1), new Int32Array(10)];
  expect(areaGapsOf(areaGrid, { lines }, 0)).toEqual([
    { area: 501, target: 3, median: 2.5, below: 2, cells: 4, missing: 3 },
    { area: 503, target: 2, median: 2, below: 1, cells: 3, missing: 1 },
  ]);
  // A target of 0 is met by any number of vendors.
  expect(areaGapsOf(areaGrid, { lines }, 1)).toEqual([
    { area: 501, target: 0, median: 0, below: 0, cells: 4, missing: 0 },
  ]);
});

test('cells below their target are counted; cells without a target or with the target 0 are not', () => {
  const areaGrid = areaGridOf({
    lines: ['Bakery', 'Cafe'],
    level: 18,
    first_column: 0,
    first_row: 0,
    columns: 4,
    rows: 2,
    areas: [501, 502, 503],
    runs: [0, 3, 1, 2, -1, 1, 2, 2],
    targets: [[3, 0], null, [2, null]],
  });
  const lines = [Int32Array.of(2, 3, 4, 0, 0, 0, 1, 2), Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0)];
  expect(shortfallOf(areaGrid, { lines }, 0)).toEqual({ below: 2, targeted: 5 });
  expect(shortfallOf(areaGrid, { lines }, 1)).toEqual({ below: 0, targeted: 0 });
});
