// The marketing area of each cell of a coverage grid, and the targets of that area.

import * as v from 'valibot';
import type { Grid } from './count';

/** The table `coverage-grid/{city}` (docs/formats.md). */
export const gridSchema = v.object({
  lines: v.array(v.string()),
  level: v.number(),
  first_column: v.number(),
  first_row: v.number(),
  columns: v.number(),
  rows: v.number(),
  areas: v.array(v.number()),
  runs: v.array(v.number()),
  targets: v.array(v.nullable(v.array(v.nullable(v.number())))),
});

export type PublishedGrid = v.InferOutput<typeof gridSchema>;

export interface AreaGrid {
  grid: Grid;
  /** The ids of the areas; `areaOf` holds indices into this list. */
  areas: readonly number[];
  /** By cell: the index of its area, or `NO_AREA`. */
  areaOf: Int32Array;
  /** By area: its targets by line; `null` where it has none. */
  targets: readonly (readonly (number | null)[] | null)[];
}

export const NO_AREA = -1;

export function areaGridOf(table: PublishedGrid): AreaGrid {
  const { level, first_column: firstColumn, first_row: firstRow, columns, rows, areas, runs, targets } = table;
  const areaOf = new Int32Array(rows * columns);
  let cell = 0;
  for (let i = 0; i + 1 < runs.length; i += 2) {
    const end = cell + (runs[i + 1] as number);
    areaOf.fill(runs[i] as number, cell, end);
    cell = end;
  }
  if (cell !== areaOf.length) throw new Error(`the grid has ${areaOf.length} cells but its runs have ${cell}`);
  return { grid: { level, firstColumn, firstRow, columns, rows }, areas, areaOf, targets };
}

/** The target of the cell's area; `null` where it has none for the line. */
export function targetOf({ areaOf, targets }: AreaGrid, cell: number, line: number): number | null {
  return targets[areaOf[cell] as number]?.[line] ?? null;
}

/** Covering vendors divided by the target; 2 where the target is 0. tilegen uses the same ratio. */
export function ratioOf(count: number, target: number): number {
  return target === 0 ? 2 : count / target;
}
