import vectors from '../../../data/coverage-counts.json';
import { countCoverage, type Grid } from './count';
import { unpackCounts } from './packed';
import { type Circle, centreOf, covers } from './rule';
import { countPairs } from './tile';

const GRADES = 14;

const cases = vectors.map(({ what, level, first_column, first_row, columns, rows, lines, circles, total, packed }) => ({
  what,
  lines,
  total,
  packed,
  grid: { level, firstColumn: first_column, firstRow: first_row, columns, rows } satisfies Grid,
  circles: circles.map(([lng = 0, lat = 0, radiusM = 0, line = 0, grade = 0]): Circle => {
    return { lng: lng / 1e7, lat: lat / 1e7, radiusM, line, grade };
  }),
}));

test('counts by cell, line and grade equal those of tilegen', () => {
  for (const { what, grid, circles, lines, total, packed } of cases) {
    const coverage = countCoverage(grid, circles, lines, GRADES);
    expect([...coverage.total], what).toEqual(total);
    const byLine = Array.from({ length: lines }, () => total.map(() => 0));
    const byGrade = Array.from({ length: GRADES }, () => total.map(() => 0));
    for (const [cell, text] of packed.entries()) {
      for (const { line, grade, vendors } of unpackCounts(text)) {
        byLine[line]?.splice(cell, 1, (byLine[line]?.[cell] ?? 0) + vendors);
        byGrade[grade]?.splice(cell, 1, (byGrade[grade]?.[cell] ?? 0) + vendors);
      }
    }
    expect(
      coverage.lines.map((line) => [...line]),
      what,
    ).toEqual(byLine);
    expect(
      coverage.grades.map((grade) => [...grade]),
      what,
    ).toEqual(byGrade);
  }
});

test('counts by line and grade of a cell equal those that tilegen packs', () => {
  for (const { what, grid, circles, packed } of cases) {
    for (const cell of [0, Math.floor(packed.length / 2), packed.length - 1]) {
      const [column, row] = [grid.firstColumn + (cell % grid.columns), grid.firstRow + Math.floor(cell / grid.columns)];
      expect(countPairs(circles, { level: grid.level, column, row }), `${what}, cell ${cell}`).toEqual(
        unpackCounts(packed[cell] ?? ''),
      );
    }
  }
});

/** The haversine distance, as in textbooks. */
function distanceM(a: { lng: number; lat: number }, b: { lng: number; lat: number }): number {
  const rad = Math.PI / 180;
  const dLat = ((b.lat - a.lat) * rad) / 2;
  const dLng = ((b.lng - a.lng) * rad) / 2;
  const root = Math.sin(dLat) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLng) ** 2;
  return 2 * 6_371_008.8 * Math.asin(Math.sqrt(root));
}

test('a span covers exactly the cells within the radius', () => {
  const { grid, circles, lines } = cases.find(({ what }) => what === 'vendors in and around') as (typeof cases)[number];
  const { total } = countCoverage(grid, circles, lines, GRADES);
  for (let cell = 0; cell < total.length; cell += 1) {
    const centre = centreOf(
      grid.level,
      grid.firstColumn + (cell % grid.columns),
      grid.firstRow + Math.floor(cell / grid.columns),
    );
    expect(total[cell], `cell ${cell}`).toBe(
      circles.filter((circle) => distanceM(circle, centre) <= circle.radiusM).length,
    );
  }
});

test('the distance rule is the great-circle distance', () => {
  const vendor = { lng: 51.4, lat: 35.7, radiusM: 1000, line: 0, grade: 0 };
  expect(covers(vendor, { lng: 51.4, lat: 35.7089 })).toBe(true); // 989.6 m to the north
  expect(covers(vendor, { lng: 51.4, lat: 35.7091 })).toBe(false); // 1011.9 m
});
