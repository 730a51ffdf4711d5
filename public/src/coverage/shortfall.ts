// How many cells of a city have fewer vendors of a line than their target.

import { type AreaGrid, targetOf } from './areaGrid';
import { at, type Coverage } from './count';

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
