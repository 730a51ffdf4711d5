// Coverage gaps: the cells around which the most vendors of a line are missing (docs/decisions/counting.md).

import { type AreaGrid, NO_AREA, targetOf } from './areaGrid';
import { at, type Coverage } from './count';
import { type Circle, Crossing, centreOf, columnAngle, Disc, radians } from './rule';

/** A location where one more vendor would help. */
export interface CoverageGap {
  lng: number;
  lat: number;
  /** Id of the marketing area that contains it. */
  area: number;
  /** Covering vendors of the line, and their target, at the location itself. */
  covering: number;
  target: number | null;
  /** The number of cells within the radius that are below target, and the sum of their missing vendors. */
  cells: number;
  missing: number;
}

/** Largest gap first. No gap lies within `radiusM` of an earlier one. */
export function findGaps(
  areaGrid: AreaGrid,
  coverage: Coverage,
  line: number,
  radiusM: number,
  maxCount: number,
): CoverageGap[] {
  const { grid } = areaGrid;
  const shortages = shortagesOf(areaGrid, coverage, line);
  const [missing, cells] = [
    rowSums(areaGrid, shortages),
    rowSums(
      areaGrid,
      shortages.map((shortage) => Math.min(shortage, 1)),
    ),
  ];
  const widths = halfWidths(areaGrid, radiusM);
  const scores = new Float64Array(grid.rows * grid.columns);
  const candidates: number[] = [];
  for (let cell = 0; cell < scores.length; cell += 1) {
    if (at(areaGrid.areaOf, cell) === NO_AREA) continue;
    const score = sumAround(areaGrid, missing, widths, cell);
    scores[cell] = score;
    if (score > 0) candidates.push(cell);
  }
  candidates.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const taken: number[] = [];
  for (const cell of candidates) {
    if (taken.length === maxCount) break;
    if (!taken.some((other) => isWithin(areaGrid, widths, other, cell))) taken.push(cell);
  }
  return taken.map((cell) => ({
    ...centreOf(grid.level, grid.firstColumn + (cell % grid.columns), grid.firstRow + Math.floor(cell / grid.columns)),
    area: areaGrid.areas[at(areaGrid.areaOf, cell)] ?? 0,
    covering: coverage.lines[line]?.[cell] ?? 0,
    target: targetOf(areaGrid, cell, line),
    cells: sumAround(areaGrid, cells, widths, cell),
    missing: scores[cell] as number,
  }));
}

/** The number of vendors that each cell lacks to reach its target. */
function shortagesOf(areaGrid: AreaGrid, coverage: Coverage, line: number): Int32Array {
  const counts = coverage.lines[line];
  return areaGrid.areaOf.map((_, cell) => Math.max((targetOf(areaGrid, cell, line) ?? 0) - (counts?.[cell] ?? 0), 0));
}

/** Prefix sums by row, so that the sum of a span is one subtraction. */
function rowSums({ grid: { rows, columns } }: AreaGrid, values: Int32Array): Float64Array {
  const sums = new Float64Array(rows * (columns + 1));
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const before = row * (columns + 1) + column;
      sums[before + 1] = (sums[before] as number) + at(values, row * columns + column);
    }
  }
  return sums;
}

/** For each vendor row and each row within the radius: the number of columns covered on either side. -1 means none. */
type HalfWidths = readonly { first: number; widths: readonly number[] }[];

function halfWidths({ grid }: AreaGrid, radiusM: number): HalfWidths {
  const side = 2 ** grid.level;
  const angles = Array.from({ length: grid.rows }, (_, row) =>
    radians(centreOf(grid.level, 0, grid.firstRow + row).lat),
  );
  return angles.map((_, row) => {
    // The disc lies in the middle of the world, far from the antimeridian. Only the distance in columns matters.
    const disc = new Disc({ ...centreOf(grid.level, side / 2, grid.firstRow + row), radiusM, line: 0, grade: 0 });
    const widthAt = (other: number): number => {
      const angle = angles[other];
      if (angle === undefined) return -1;
      const span = new Crossing(disc, angle, Math.cos(angle)).span(side, (column) => columnAngle(column, side));
      return span ? span[1] - 1 - side / 2 : -1;
    };
    let first = row;
    while (first > 0 && widthAt(first - 1) >= 0) first -= 1;
    const widths: number[] = [];
    for (let width = widthAt(first); width >= 0; width = widthAt(first + widths.length)) widths.push(width);
    return { first, widths };
  });
}

function sumAround({ grid: { columns } }: AreaGrid, sums: Float64Array, widths: HalfWidths, cell: number): number {
  const [row, column] = [Math.floor(cell / columns), cell % columns];
  const { first = 0, widths: halves = [] } = widths[row] ?? {};
  let sum = 0;
  for (let i = 0; i < halves.length; i += 1) {
    const width = halves[i] as number;
    const start = (first + i) * (columns + 1);
    const [from, end] = [Math.max(column - width, 0), Math.min(column + width + 1, columns)];
    sum += (sums[start + end] as number) - (sums[start + from] as number);
  }
  return sum;
}

function isWithin({ grid: { columns } }: AreaGrid, widths: HalfWidths, from: number, cell: number): boolean {
  const { first = 0, widths: halves = [] } = widths[Math.floor(from / columns)] ?? {};
  const width = halves[Math.floor(cell / columns) - first] ?? -1;
  return Math.abs((cell % columns) - (from % columns)) <= width;
}

/** The median radius of the vendors of a line, assumed for one more vendor. */
export function medianRadius(circles: readonly Circle[], line: number): number | null {
  const radii = circles.filter((circle) => circle.line === line).map(({ radiusM }) => radiusM);
  return radii.sort((a, b) => a - b)[Math.floor((radii.length - 1) / 2)] ?? null;
}
