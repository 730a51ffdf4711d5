import { areaGapsOf } from './areaGaps';
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
