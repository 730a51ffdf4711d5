// Coverage cells in the form of published tiles: their attributes, and a vector tile made from the counts.

import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import type { CellAddress } from '../tiles/cells';
import { LayerWriter } from '../tiles/layerWriter';
import type { TileAddress } from '../tiles/tileAddress';
import { type AreaGrid, ratioOf, targetOf } from './areaGrid';
import type { PackedCount } from './packed';
import { type CountedGrid, mean, type RectSums, sumRect } from './rollup';
import { type Circle, centreOf, covers } from './rule';
import type { CellShape } from './settings';

const LAYER = 'coverage';

/** Tile units per cell; two, so that a cell has a centre. */
const UNITS = 2;

/**
 * Has the attributes that the map draws: `total`, and `t{i}` and `r{i}` for lines with a target. For `lines` it also has
 * `l{i}`, and then `area`, which tells cells outside every area apart.
 */
export function coverageTile(
  grids: readonly CountedGrid[],
  { z, x, y }: TileAddress,
  shape: CellShape,
  lines: readonly number[] = [],
): ArrayBuffer {
  const level = z + CELL_LEVELS;
  const [left, top, side] = [x * CELLS_PER_TILE, y * CELLS_PER_TILE, CELLS_PER_TILE];
  const sums = sumRect(grids, { level, left, top, width: side, height: side }, false);
  const isGrid = grids[0]?.coverage.grid.level === level;
  const shown = sums.shown.reduce((count, is) => count + is, 0);
  if (shown === 0) return new ArrayBuffer(0);
  const writer = new LayerWriter(LAYER, side * UNITS, 256 + 64 * shown);
  for (let cell = 0; cell < side * side; cell += 1) {
    if (!sums.shown[cell]) continue;
    const values = drawnValues(sums, cell, isGrid, lines);
    const [left, top] = [UNITS * (cell % side), UNITS * Math.floor(cell / side)];
    if (shape === 'squares') writer.rects(values, [{ left, top, right: left + UNITS, bottom: top + UNITS }]);
    else writer.point(values, left + UNITS / 2, top + UNITS / 2);
  }
  return writer.finish();
}

function drawnValues(sums: RectSums, cell: number, isGrid: boolean, lines: readonly number[]): [string, number][] {
  const values: [string, number][] = [['total', valueAt(sums, 0, cell, isGrid)]];
  for (const line of lines) {
    const value = valueAt(sums, 1 + line, cell, isGrid);
    if (value > 0) values.push([`l${line}`, value]);
  }
  const middle = lines.length > 0 ? sums.middle[cell] : undefined;
  const area = middle && areaOf(middle);
  if (area !== undefined) values.push(['area', area]);
  addRatios(values, sums, cell, isGrid);
  return values;
}

/** Every attribute of one cell except `packed`; `null` where the map shows no cell. */
export function cellFacts(
  grids: readonly CountedGrid[],
  { level, column, row }: CellAddress,
): Record<string, number> | null {
  const sums = sumRect(grids, { level, left: column, top: row, width: 1, height: 1 }, true);
  if (!sums.shown[0]) return null;
  const isGrid = grids[0]?.coverage.grid.level === level;
  const lines = grids[0]?.coverage.lines.length ?? 0;
  const values: [string, number][] = [['total', valueAt(sums, 0, 0, isGrid)]];
  for (let i = 1; i < sums.sums.length; i += 1) {
    const value = valueAt(sums, i, 0, isGrid);
    if (value > 0) values.push([i <= lines ? `l${i - 1}` : `g${i - 1 - lines}`, value]);
  }
  const { middle, covered, cells } = sums;
  const area = middle[0] && areaOf(middle[0]);
  if (area !== undefined) values.push(['area', area]);
  if (!isGrid) values.push(['share', Math.round((1000 * (covered[0] as number)) / (cells[0] as number)) / 1000]);
  addRatios(values, sums, 0, isGrid);
  return Object.fromEntries(values);
}

function areaOf({ areaGrid, cell }: { areaGrid: AreaGrid; cell: number }): number | undefined {
  return areaGrid.areas[areaGrid.areaOf[cell] as number];
}

function valueAt({ sums, cells }: RectSums, column: number, cell: number, isGrid: boolean): number {
  const sum = sums[column]?.[cell] ?? 0;
  return isGrid ? sum : mean(sum, cells[cell] as number);
}

/** At lower zooms than the grid's, ratios are rounded down to thousandths, so that a ratio below a class limit stays below it. */
function addRatios(values: [string, number][], sums: RectSums, cell: number, isGrid: boolean): void {
  const middle = sums.middle[cell];
  if (!middle) return;
  const lines = middle.areaGrid.targets[middle.areaGrid.areaOf[middle.cell] as number]?.length ?? 0;
  for (let line = 0; line < lines; line += 1) {
    const target = targetOf(middle.areaGrid, middle.cell, line);
    if (target === null) continue;
    const ratio = ratioOf(valueAt(sums, 1 + line, cell, isGrid), target);
    values.push([`t${line}`, target], [`r${line}`, isGrid ? ratio : Math.floor(ratio * 1000) / 1000]);
  }
}

/** Covering vendors of a grid cell by line and grade. Applies the rule again, because the counts contain only sums. */
export function countPairs(circles: readonly Circle[], { level, column, row }: CellAddress): PackedCount[] {
  const centre = centreOf(level, column, row);
  const pairs = new Map<string, PackedCount>();
  for (const circle of circles) {
    if (!covers(circle, centre)) continue;
    const key = `${circle.line} ${circle.grade}`;
    const { line, grade } = circle;
    pairs.set(key, { line, grade, vendors: (pairs.get(key)?.vendors ?? 0) + 1 });
  }
  return [...pairs.values()].sort((a, b) => a.line - b.line || a.grade - b.grade);
}
