import { areaGridOf } from './areaGrid';
import { countCoverage } from './count';
import { findGaps, medianRadius } from './gaps';
import { type Circle, centreOf, covers } from './rule';

const [columns, rows, level] = [24, 18, 16];
const [first_column, first_row] = [42_100, 25_800];
const areaGrid = areaGridOf({
  lines: ['Bakery'],
  level,
  first_column,
  first_row,
  columns,
  rows,
  areas: [7, 8],
  // The west half belongs to an area with a target, the east to one with another.
  runs: Array.from({ length: rows }, () => [0, 12, 1, 10, -1, 2]).flat(),
  targets: [[3], [1]],
});
const centre = (cell: number) =>
  centreOf(level, first_column + (cell % columns), first_row + Math.floor(cell / columns));
const circle = (cell: number, radiusM: number): Circle => ({ ...centre(cell), radiusM, line: 0, grade: 0 });
const circles = [circle(205, 1500), circle(210, 1200), circle(320, 1800), circle(35, 900)];
const coverage = countCoverage(areaGrid.grid, circles, 1, 1);

/** By the distance rule alone: every cell as a vendor, every other cell as one that it may deliver to. */
function bruteForce(radiusM: number) {
  const cells = Array.from({ length: columns * rows }, (_, cell) => cell);
  const shortage = (cell: number): number => {
    const target = [3, 1][areaGrid.areaOf[cell] ?? -1] ?? 0;
    return Math.max(target - (coverage.total[cell] ?? 0), 0);
  };
  return cells
    .filter((cell) => areaGrid.areaOf[cell] !== -1)
    .map((cell) => {
      const reached = cells.filter((other) => covers(circle(cell, radiusM), centre(other)));
      return {
        cell,
        missing: reached.reduce((sum, other) => sum + shortage(other), 0),
        cells: reached.filter((other) => shortage(other) > 0).length,
      };
    })
    .sort((a, b) => b.missing - a.missing || a.cell - b.cell);
}

test('the first gap has the most missing vendors around it, and the next lies outside its radius', () => {
  const radiusM = 1600;
  const gaps = findGaps(areaGrid, coverage, 0, radiusM, 4);
  const ranked = bruteForce(radiusM);
  const expected: typeof ranked = [];
  for (const one of ranked) {
    const isFar = expected.every(({ cell }) => !covers(circle(cell, radiusM), centre(one.cell)));
    if (isFar && one.missing > 0 && expected.length < 4) expected.push(one);
  }
  expect(gaps.length).toBeGreaterThan(2);
  expect(gaps.map(({ missing, cells }) => ({ missing, cells }))).toEqual(
    expected.map(({ missing, cells }) => ({ missing, cells })),
  );
  for (const [i, { lng, lat, area, covering, target }] of gaps.entries()) {
    const cell = expected[i]?.cell ?? 0;
    expect({ lng, lat }).toEqual(centre(cell));
    expect([area, covering, target]).toEqual([
      cell % columns < 12 ? 7 : 8,
      coverage.total[cell],
      cell % columns < 12 ? 3 : 1,
    ]);
  }
});

test('where every target is met there are no gaps', () => {
  const many = Array.from({ length: 3 }, () => circle(200, 40_000));
  expect(findGaps(areaGrid, countCoverage(areaGrid.grid, many, 1, 1), 0, 3000, 5)).toEqual([]);
});

test('one more vendor has the median radius of its line', () => {
  expect(medianRadius(circles, 0)).toBe(1200);
  expect(medianRadius(circles, 1)).toBeNull();
});
