// Which of the chosen layers fills the map. Two fills would hide or mix with one another, so the lower one is outlined.

import { chosenStat } from '../state/slices/areas';
import type { State } from '../state/state';

type Shown = Pick<State, 'showsDensity' | 'view' | 'overlays' | 'areaFill'>;

/** How a layer is drawn: filled, as outlines in the colours of its classes, or not at all. */
export type Drawing = 'fill' | 'outlines' | 'none';

/** Density is below every other fill. A heatmap has no outlines, so it is left out. */
export function densityDrawing(state: Shown): Drawing {
  if (!state.showsDensity) return 'none';
  const isBelow = state.overlays.includes('coverage') || chosenStat(state) !== null;
  if (!isBelow) return 'fill';
  return state.view === 'cells' ? 'outlines' : 'none';
}

/** Areas that are coloured by a statistic are below coverage. */
export function areaDrawing(state: Shown): Drawing {
  if (chosenStat(state) === null) return 'none';
  return state.overlays.includes('coverage') ? 'outlines' : 'fill';
}
