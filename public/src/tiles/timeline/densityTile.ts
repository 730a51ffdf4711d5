// Writes counts of a range as a density tile: the same points and attributes (docs/formats.md, "Layers density").

import { SOURCE_LAYER } from '@styles/density';
import { CELLS_PER_TILE } from '@styles/tokens';
import { LayerWriter } from '../layerWriter';
import { TILE_CELLS } from './cellCounts';
import { COUNTS, type RangeCounts } from './rangeCounts';

const EXTENT = 4096;
const CELL_SIDE = EXTENT / CELLS_PER_TILE;
/** The letters of attributes by line. */
const LETTERS = { orders: 'l', organic: 'o', unknown: 'x', users: 'u' } as const;
const START_BYTES = 65_536;

/** Cells without orders are left out, and so are zeros. Empty without any order. `more` adds attributes of each cell. */
export function densityTile(counts: RangeCounts, more: (cell: number) => CellTags = () => []): ArrayBuffer {
  const writer = new LayerWriter(SOURCE_LAYER, EXTENT, START_BYTES);
  let isEmpty = true;
  for (let cell = 0; cell < TILE_CELLS; cell++) {
    const tags = [...cellTags(counts, cell), ...more(cell)];
    if (tags.length === 0) continue;
    isEmpty = false;
    const [column, row] = [cell % CELLS_PER_TILE, Math.floor(cell / CELLS_PER_TILE)];
    writer.point(tags, (column + 0.5) * CELL_SIDE, (row + 0.5) * CELL_SIDE);
  }
  return isEmpty ? new ArrayBuffer(0) : writer.finish();
}

export type CellTags = [name: string, value: number][];

export function cellTags(counts: RangeCounts, cell: number): CellTags {
  if (!counts.has(cell)) return [];
  const tags: CellTags = [];
  const put = (name: string, value: number): void => {
    if (value > 0) tags.push([name, value]);
  };
  for (const count of COUNTS) put(count, counts.ofAll(count, cell));
  for (let line = 0; line < counts.lines; line++) {
    for (const count of COUNTS) put(`${LETTERS[count]}${line}`, counts.of(count, line, cell));
  }
  return tags;
}
