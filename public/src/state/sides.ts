// The two sides of a comparison: the main map and the one that it is compared with.

import type { Dataset } from '../data/tileJson';
import type { State } from './state';

export type Side = 'main' | 'compared';

/** What a side shows: the state as if that side were the only map, and its data; `null` until it has loaded. */
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
