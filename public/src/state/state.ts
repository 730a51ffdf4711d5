// The choices of the user and their form in the URL fragment. They are stored nowhere else.
// Each part of the page has its own slice in slices/; this file joins them.

import { withoutUsers } from './hiddenUsers';
import { type AppearanceState, parseAppearance, putAppearance } from './slices/appearance';
import { type AreasState, parseAreas, putAreas } from './slices/areas';
import { type CompareState, parseCompare, putCompare } from './slices/compare';
import { type CoverageChoice, parseCoverage, putCoverage } from './slices/coverage';
import { type DeliveryState, parseDelivery, putDelivery } from './slices/delivery';
import { type DensityChoice, type DensityDefaults, parseDensity, putDensity } from './slices/density';
import { type OverlaysState, parseOverlays, putOverlays } from './slices/overlays';
import { parseVendors, putVendors, type VendorsState } from './slices/vendors';
import { parseWhere, putWhere, type WhereState } from './slices/where';

export type { Camera } from './slices/where';

export interface State
  extends WhereState,
    DensityChoice,
    CompareState,
    OverlaysState,
    VendorsState,
    DeliveryState,
    CoverageChoice,
    AreasState,
    AppearanceState {}

/** The browser's language and theme and, once loaded, the defaults of the configuration. The URL overrides both. */
export interface StateDefaults extends Pick<AppearanceState, 'lang' | 'theme'> {
  density?: DensityDefaults;
  /** Whether the page shows no numbers of users. */
  hidesUsers?: boolean;
}

export function parseState(hash: string, defaults: StateDefaults): State {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const state = {
    ...parseWhere(params),
    ...parseDensity(params, defaults.density),
    ...parseCompare(params),
    ...parseOverlays(params),
    ...parseVendors(params),
    ...parseDelivery(params),
    ...parseCoverage(params),
    ...parseAreas(params),
    ...parseAppearance(params, defaults),
  };
  return defaults.hidesUsers ? withoutUsers(state) : state;
}

/** Leaves out defaults, to keep the URL short. Without defaults, language, theme, lines and window are always written. */
export function formatState(state: State, defaults: Partial<StateDefaults>): string {
  const params = new URLSearchParams();
  putDensity(params, state, defaults.density);
  putCompare(params, state);
  putOverlays(params, state);
  putVendors(params, state);
  putDelivery(params, state);
  putCoverage(params, state);
  putAreas(params, state);
  putWhere(params, state);
  putAppearance(params, state, defaults);
  // A slash needs no escaping in a fragment, and the URL is easier to read without.
  const text = params.toString().replaceAll('%2F', '/');
  return text === '' ? '' : `#${text}`;
}
