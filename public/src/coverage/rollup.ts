// Coverage at lower zooms than the grid's: means over the grid cells, computed as in tilegen's rollup module.

import { type AreaGrid, NO_AREA } from './areaGrid';
import { at, type Coverage, type Grid } from './count';

/** A grid with its counts and its areas. */
export interface CountedGrid {
  coverage: Coverage;
  areaGrid: AreaGrid;
}

/** A rectangle of cells at one level. */
export interface CellRect {
  level: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** By cell of a rectangle, row by row: the sums of its grid cells. */
export interface RectSums {
  /** The number of grid cells, how many of them are covered, and whether any is shown. */
  cells: Int32Array;
  covered: Int32Array;
  shown: Uint8Array;
  /** All vendors, then by line, then by grade if requested. */
  sums: Float64Array[];
  /** The grid cell in the middle, which determines the area. */
  middle: ({ areaGrid: AreaGrid; cell: number } | undefined)[];
}

export function sumRect(grids: readonly CountedGrid[], rect: CellRect, withGrades: boolean): RectSums {
  const size = rect.width * rect.height;
  const columns = columnsOf(grids[0]?.coverage, withGrades).length;
  const sums: RectSums = {
    cells: new Int32Array(size),
    covered: new Int32Array(size),
    shown: new Uint8Array(size),
    sums: Array.from({ length: columns }, () => new Float64Array(size)),
    middle: [],
  };
  for (const [index, grid] of grids.entries()) {
    // A cell that is in two grids is counted in the first one only.
    const earlier = grids.slice(0, index).map(({ coverage }) => coverage.grid);
    addGrid(sums, grid, rect, withGrades, earlier);
  }
  return sums;
}

function columnsOf(coverage: Coverage | undefined, withGrades: boolean): Int32Array[] {
  if (!coverage) return [];
  return [coverage.total, ...coverage.lines, ...(withGrades ? coverage.grades : [])];
}

function addGrid(
  { cells, covered, shown, sums, middle }: RectSums,
  { coverage, areaGrid }: CountedGrid,
  { level, left, top, width, height }: CellRect,
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
      if (others.length > 0 && others.some((other) => contains(other, column, row))) continue;
      const [cell, to] = [base + column, out + (column >> shift)];
      const isCovered = at(coverage.total, cell) > 0;
      cells[to] = at(cells, to) + 1;
      if (isCovered) covered[to] = at(covered, to) + 1;
      if (isCovered || at(areaGrid.areaOf, cell) !== NO_AREA) shown[to] = 1;
      for (let i = 0; i < columns.length; i += 1) {
        (sums[i] as Float64Array)[to] = ((sums[i] as Float64Array)[to] as number) + at(columns[i] as Int32Array, cell);
      }
      if (column - ((column >> shift) << shift) === half && row - ((row >> shift) << shift) === half) {
        middle[to] = { areaGrid, cell };
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

function contains(grid: Grid, column: number, row: number): boolean {
  const end = endOf(grid);
  return column >= grid.firstColumn && column < end.column && row >= grid.firstRow && row < end.row;
}

/** The mean over the grid cells, to two decimals. */
export function mean(sum: number, cells: number): number {
  return Math.round((100 * sum) / cells) / 100;
}
