// The gap between the target and the covering vendors of a line: by area, and over all cells of a city.

import { type AreaGrid, NO_AREA, targetOf } from './areaGrid';
import { at, type Coverage } from './count';

export interface AreaGap {
  /** Id of the marketing area. */
  area: number;
  target: number;
  /** The median number of covering vendors of the line over the cells of the area. */
  median: number;
  /** The cells below the target, and all cells of the area. */
  below: number;
  cells: number;
  /** The vendors that its cells lack, added up. */
  missing: number;
}

/** Areas with a target for the line. An area without a cell is left out. */
export function areaGapsOf(areaGrid: AreaGrid, { lines }: Pick<Coverage, 'lines'>, line: number): AreaGap[] {
  const counts = countsByArea(areaGrid, lines[line]);
  return areaGrid.areas.flatMap((area, index): AreaGap[] => {
    const target = areaGrid.targets[index]?.[line] ?? null;
    const own = counts.get(index);
    if (target === null || !own) return [];
    const short = own.filter((count) => count < target);
    const missing = short.reduce((sum, count) => sum + target - count, 0);
    return [{ area, target, median: medianOf(own), below: short.length, cells: own.length, missing }];
  });
}

function countsByArea({ areaOf }: Pick<AreaGrid, 'areaOf'>, counts: Int32Array | undefined): Map<number, number[]> {
  const byArea = new Map<number, number[]>();
  for (let cell = 0; cell < areaOf.length; cell += 1) {
    const index = at(areaOf, cell);
    if (index === NO_AREA) continue;
    const own = byArea.get(index) ?? [];
    own.push(counts ? at(counts, cell) : 0);
    byArea.set(index, own);
  }
  return byArea;
}

/** The mean of the two middle values where their number is even. */
function medianOf(values: readonly number[]): number {
  const rising = values.toSorted((a, b) => a - b);
  const middle = Math.floor(rising.length / 2);
  const [low = 0, high = 0] = [rising[rising.length % 2 === 0 ? middle - 1 : middle], rising[middle]];
  return (low + high) / 2;
}

export interface Shortfall {
  /** Grid cells below their target, and all that have a target above 0. */
  below: number;
  targeted: number;
}

export function shortfallOf(areaGrid: AreaGrid, { lines }: Pick<Coverage, 'lines'>, line: number): Shortfall {
  const counts = lines[line];
  const found: Shortfall = { below: 0, targeted: 0 };
  for (let cell = 0; cell < areaGrid.areaOf.length; cell += 1) {
    const target = targetOf(areaGrid, cell, line) ?? 0;
    if (target <= 0) continue;
    found.targeted += 1;
    if (counts && at(counts, cell) < target) found.below += 1;
  }
  return found;
}
