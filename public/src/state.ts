// What the reader chose, and how it is written in the address after '#'. The URL is its only home.
// Each part of the page has its own slice in state/; here they are one.

import { type AreasState, parseAreas, putAreas } from './state/areas';
import { type CompareState, parseCompare, putCompare } from './state/compare';
import { type CoverageState, parseCoverage, putCoverage } from './state/coverage';
import { type DensityChoice, parseDensity, putDensity, type UsualDensity } from './state/density';
import { type LookState, parseLook, putLook } from './state/look';
import { type OverlaysState, parseOverlays, putOverlays } from './state/overlays';
import { parseReach, putReach, type ReachState } from './state/reach';
import { parseVendors, putVendors, type VendorsState } from './state/vendors';
import { parseWhere, putWhere, type WhereState } from './state/where';

export type { Camera } from './state/where';

export interface State
  extends WhereState,
    DensityChoice,
    CompareState,
    OverlaysState,
    VendorsState,
    ReachState,
    CoverageState,
    AreasState,
    LookState {}

/** What the browser prefers and, once the configuration is there, what it says is usual; the address overrides both. */
export interface Preferences extends Pick<LookState, 'lang' | 'theme'> {
  usual?: UsualDensity;
}

export function parseState(hash: string, preferences: Preferences): State {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    ...parseWhere(params),
    ...parseDensity(params, preferences.usual),
    ...parseCompare(params),
    ...parseOverlays(params),
    ...parseVendors(params),
    ...parseReach(params),
    ...parseCoverage(params),
    ...parseAreas(params),
    ...parseLook(params, preferences),
  };
}

/** Leaves out what is a default, so that a fresh address is short. */
export function formatState(state: State, preferences: Preferences): string {
  const params = new URLSearchParams();
  putDensity(params, state, preferences.usual);
  putCompare(params, state);
  putOverlays(params, state);
  putVendors(params, state);
  putReach(params, state);
  putCoverage(params, state);
  putAreas(params, state);
  putWhere(params, state);
  putLook(params, state, preferences);
  // A slash needs no escape in a fragment, and the address reads better without.
  const text = params.toString().replaceAll('%2F', '/');
  return text === '' ? '' : `#${text}`;
}
