// The number of vendors that deliver to each cell of a grid: fills circles row by row, then sums along the rows.

import { type Circle, Crossing, centreOf, columnAngle, Disc, latitudeRange, radians } from './rule';

/** A rectangle of cells at one level of the Web Mercator quadtree. */
export interface Grid {
  level: number;
  firstColumn: number;
  firstRow: number;
  columns: number;
  rows: number;
}

/** Vendors by cell, row by row from the north-west: in total, by line and by grade. */
export interface Coverage {
  grid: Grid;
  total: Int32Array;
  lines: readonly Int32Array[];
  grades: readonly Int32Array[];
}

/** In each row a circle adds 1 at the first cell of its span and subtracts 1 after the last. */
export function countCoverage(grid: Grid, circles: readonly Circle[], lines: number, grades: number): Coverage {
  const steps = (count: number): Int32Array[] =>
    Array.from({ length: count }, () => new Int32Array(grid.rows * (grid.columns + 1)));
  const [byLine, byGrade] = [steps(lines), steps(grades)];
  const lattice = latticeOf(grid);
  for (const circle of circles) {
    const [line, grade] = [byLine[circle.line], byGrade[circle.grade]];
    if (!line || !grade) throw new Error(`unknown line ${circle.line} or grade ${circle.grade} of a vendor`);
    addCircle(grid, lattice, circle, line, grade);
  }
  const total = new Int32Array(grid.rows * grid.columns);
  const sums = byLine.map((line) => runningSums(grid, line));
  for (const sum of sums) {
    for (let cell = 0; cell < total.length; cell += 1) total[cell] = at(total, cell) + at(sum, cell);
  }
  return { grid, total, lines: sums, grades: byGrade.map((grade) => runningSums(grid, grade)) };
}

/** The latitude of each row and the longitude of each column of a grid, computed once for all circles. */
interface Lattice {
  parallels: readonly Parallel[];
  angleOf(column: number): number;
}

function latticeOf(grid: Grid): Lattice {
  const side = 2 ** grid.level;
  const first = grid.firstColumn - TABLE_MARGIN;
  const angles = new Float64Array(grid.columns + 2 * TABLE_MARGIN);
  for (let i = 0; i < angles.length; i += 1) angles[i] = columnAngle(first + i, side);
  return {
    parallels: parallelsOf(grid),
    angleOf: (column) => angles[column - first] ?? columnAngle(column, side),
  };
}

/** The angles of this many columns on either side of the grid are precomputed too, because circles may start there. */
const TABLE_MARGIN = 128;

interface Parallel {
  /** `lat` in degrees, `angle` in radians. */
  lat: number;
  angle: number;
  cosine: number;
}

function parallelsOf({ level, firstRow, rows }: Grid): Parallel[] {
  return Array.from({ length: rows }, (_, row) => {
    const { lat } = centreOf(level, 0, firstRow + row);
    const angle = radians(lat);
    return { lat, angle, cosine: Math.cos(angle) };
  });
}

function addCircle(grid: Grid, { parallels, angleOf }: Lattice, circle: Circle, line: Int32Array, grade: Int32Array) {
  const side = 2 ** grid.level;
  const [south, north] = latitudeRange(circle);
  const disc = new Disc(circle);
  for (let row = firstRowAt(parallels, north); row < grid.rows; row += 1) {
    const parallel = parallels[row] as Parallel;
    if (parallel.lat < south) break;
    const span = new Crossing(disc, parallel.angle, parallel.cosine).span(side, angleOf);
    if (!span) continue;
    // A span that crosses the antimeridian continues on the other side.
    addSpan(grid, row, span[0], span[1], line, grade);
    if (span[0] < 0) addSpan(grid, row, span[0] + side, span[1] + side, line, grade);
    if (span[1] > side) addSpan(grid, row, span[0] - side, span[1] - side, line, grade);
  }
}

function addSpan(grid: Grid, row: number, first: number, end: number, line: Int32Array, grade: Int32Array): void {
  const from = Math.max(first - grid.firstColumn, 0);
  const to = Math.min(end - grid.firstColumn, grid.columns);
  if (from >= to) return;
  const start = row * (grid.columns + 1);
  line[start + from] = at(line, start + from) + 1;
  line[start + to] = at(line, start + to) - 1;
  grade[start + from] = at(grade, start + from) + 1;
  grade[start + to] = at(grade, start + to) - 1;
}

/** The northernmost row at or below a latitude. Rows are numbered from the north. */
function firstRowAt(parallels: readonly Parallel[], north: number): number {
  let [low, high] = [0, parallels.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parallels[middle] as Parallel).lat > north) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Works in place: a row of sums is one shorter than its row of steps, so it never overwrites an unread step. */
function runningSums({ rows, columns }: Grid, steps: Int32Array): Int32Array {
  let to = 0;
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    const start = row * (columns + 1);
    for (let from = start; from < start + columns; from += 1) {
      sum += at(steps, from);
      steps[to] = sum;
      to += 1;
    }
  }
  return steps.subarray(0, to);
}

/** The value at an index that is known to be in range. */
export const at = (numbers: Int32Array, index: number): number => numbers[index] as number;
