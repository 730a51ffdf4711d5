// The two sides of a comparison: the map itself, and what it is compared with. Without one there is the map alone.

import type { Dataset } from '../data/tileJson';
import type { State } from './state';

export type Side = 'main' | 'compared';

/** What a side shows: the state as if that side were the whole map, and its data once they are loaded. */
export interface SideScene {
  state: State;
  dataset: Dataset | null;
}

export function sideOf(
  side: Side,
  state: State,
  { dataset, compared }: { dataset: Dataset | null; compared: Dataset | null },
): SideScene {
  const { compare } = state;
  if (side === 'main' || !compare) return { state, dataset };
  const window = compare.window ?? state.window;
  return {
    state: { ...state, kind: compare.kind, window },
    dataset: compare.window === null ? dataset : compared,
  };
}
