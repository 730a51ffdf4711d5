// The input of the map style: one side of a comparison, or the whole map.

import type { Side } from '../state/sides';
import type { State } from '../state/state';
import type { Model } from './model';

/** A change of these needs a new style document; a camera move, for example, does not. */
const STATE_KEYS = [
  'showsDensity',
  'kind',
  'lines',
  'view',
  'heat',
  'overlays',
  'areaKinds',
  'areaFill',
  'areaTint',
  'areaSubset',
  'dotStep',
  'vendorFilter',
  'radiusMode',
  'showsRadii',
  'markerSize',
  'coverageAppearance',
  'shownClasses',
  'growth',
  'city',
  'lang',
  'theme',
] as const;
const MODEL_KEYS = [
  'config',
  'catalog',
  'dataset',
  'heatFits',
  'overlays',
  'areaList',
  'areaOrders',
  'areaGaps',
  'vendorTable',
  'basemap',
  'picked',
] as const;

export interface Scene {
  /** The side of a comparison; `main` without one. */
  side: Side;
  state: State;
  model: Model;
}

export function looksTheSame(a: Scene, b: Scene): boolean {
  return (
    STATE_KEYS.every((key) => a.state[key] === b.state[key]) && MODEL_KEYS.every((key) => a.model[key] === b.model[key])
  );
}
