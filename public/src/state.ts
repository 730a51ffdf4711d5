// What the reader chose, and how it is written in the address after '#'. The URL is its only home.
// Each part of the page has its own slice in state/; here they are one.

import { type AreasState, parseAreas, putAreas } from './state/areas';
import { type CompareState, parseCompare, putCompare } from './state/compare';
import { type CoverageState, parseCoverage, putCoverage } from './state/coverage';
import { type DensityChoice, parseDensity, putDensity } from './state/density';
import { type LookState, type Preferences, parseLook, putLook } from './state/look';
import { type OverlaysState, parseOverlays, putOverlays } from './state/overlays';
import { parseReach, putReach, type ReachState } from './state/reach';
import { parseVendors, putVendors, type VendorsState } from './state/vendors';
import { parseWhere, putWhere, type WhereState } from './state/where';

export type { Preferences } from './state/look';
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

export function parseState(hash: string, preferences: Preferences): State {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    ...parseWhere(params),
    ...parseDensity(params),
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
  putDensity(params, state);
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
