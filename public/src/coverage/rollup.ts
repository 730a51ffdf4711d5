// Coverage at the zooms above the grid: the means of tilegen/src/vendors/coverage/rollup.rs.

import { at, type Coverage, type Grid } from './count';
import { NO_AREA, type Places } from './places';

/** A grid that was counted, and where it lies. */
export interface CountedGrid {
  coverage: Coverage;
  places: Places;
}

/** A rectangle of cells of one level. */
export interface Window {
  level: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** By cell of a window, row by row: what lies below it. */
export interface WindowSums {
  /** Cells of the grid, those of them that are covered, and whether any is shown. */
  cells: Int32Array;
  covered: Int32Array;
  shown: Uint8Array;
  /** All vendors, then by line, and by grade where asked for. */
  sums: Float64Array[];
  /** The cell of the grid at its middle, which names its area. */
  middle: ({ places: Places; cell: number } | undefined)[];
}

export function sumWindow(grids: readonly CountedGrid[], window: Window, withGrades: boolean): WindowSums {
  const size = window.width * window.height;
  const columns = columnsOf(grids[0]?.coverage, withGrades).length;
  const sums: WindowSums = {
    cells: new Int32Array(size),
    covered: new Int32Array(size),
    shown: new Uint8Array(size),
    sums: Array.from({ length: columns }, () => new Float64Array(size)),
    middle: [],
  };
  for (const [index, grid] of grids.entries()) {
    // A cell that two grids share is the earlier one's.
    const earlier = grids.slice(0, index).map(({ coverage }) => coverage.grid);
    addGrid(sums, grid, window, withGrades, earlier);
  }
  return sums;
}

function columnsOf(coverage: Coverage | undefined, withGrades: boolean): Int32Array[] {
  if (!coverage) return [];
  return [coverage.total, ...coverage.lines, ...(withGrades ? coverage.grades : [])];
}

function addGrid(
  { cells, covered, shown, sums, middle }: WindowSums,
  { coverage, places }: CountedGrid,
  { level, left, top, width, height }: Window,
  withGrades: boolean,
  earlier: readonly Grid[],
): void {
  const { grid } = coverage;
  const shift = grid.level - level;
  const columns = columnsOf(coverage, withGrades);
  const half = (1 << shift) >> 1;
  const [fromRow, endRow] = overlap(grid.firstRow, grid.rows, top << shift, height << shift);
  const [fromColumn, endColumn] = overlap(grid.firstColumn, grid.columns, left << shift, width << shift);
  const others = earlier.filter((other) => other.firstColumn < endColumn && endOf(other).column > fromColumn);
  for (let row = fromRow; row < endRow; row += 1) {
    const base = (row - grid.firstRow) * grid.columns - grid.firstColumn;
    const out = ((row >> shift) - top) * width - left;
    for (let column = fromColumn; column < endColumn; column += 1) {
      if (others.length > 0 && others.some((other) => holds(other, column, row))) continue;
      const [cell, to] = [base + column, out + (column >> shift)];
      const isCovered = at(coverage.total, cell) > 0;
      cells[to] = at(cells, to) + 1;
      if (isCovered) covered[to] = at(covered, to) + 1;
      if (isCovered || at(places.areaOf, cell) !== NO_AREA) shown[to] = 1;
      for (let i = 0; i < columns.length; i += 1) {
        (sums[i] as Float64Array)[to] = ((sums[i] as Float64Array)[to] as number) + at(columns[i] as Int32Array, cell);
      }
      if (column - ((column >> shift) << shift) === half && row - ((row >> shift) << shift) === half) {
        middle[to] = { places, cell };
      }
    }
  }
}

function overlap(first: number, count: number, from: number, length: number): [number, number] {
  return [Math.max(first, from), Math.min(first + count, from + length)];
}

function endOf({ firstColumn, firstRow, columns, rows }: Grid): { column: number; row: number } {
  return { column: firstColumn + columns, row: firstRow + rows };
}

function holds(grid: Grid, column: number, row: number): boolean {
  const end = endOf(grid);
  return column >= grid.firstColumn && column < end.column && row >= grid.firstRow && row < end.row;
}

/** Mean over the cells below, to two places; a whole number where there is but one. */
export function mean(sum: number, cells: number): number {
  return Math.round((100 * sum) / cells) / 100;
}
