import { areaGridOf } from './areaGrid';
import { shortfallOf } from './shortfall';

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
