// The choices of the user and their form in the URL fragment. They are stored nowhere else.
// Each part of the page has its own slice in slices/; this file joins them.

import { withoutUsers } from './hiddenUsers';
import { type AppearanceState, parseAppearance, putAppearance } from './slices/appearance';
import { type AreasState, parseAreas, putAreas } from './slices/areas';
import { type CompareState, parseCompare, putCompare } from './slices/compare';
import { type CoverageChoice, parseCoverage, putCoverage } from './slices/coverage';
import { type DeliveryState, parseDelivery, putDelivery } from './slices/delivery';
import { type DensityChoice, type DensityDefaults, parseDensity, putDensity } from './slices/density';
import { type GrowthState, parseGrowth, putGrowth, withoutUnfitGrowth } from './slices/growth';
import { EVERY_CLASS, type LegendState, parseLegend, putLegend } from './slices/legend';
import { type OverlaysState, parseOverlays, putOverlays } from './slices/overlays';
import { parseTime, putTime, type TimeState, withoutHourlyUsers } from './slices/time';
import { parseVendors, putVendors, type VendorsState } from './slices/vendors';
import { parseWhere, putWhere, type WhereState } from './slices/where';

export type { Camera } from './slices/where';

export interface State
  extends WhereState,
    DensityChoice,
    TimeState,
    CompareState,
    GrowthState,
    OverlaysState,
    VendorsState,
    DeliveryState,
    CoverageChoice,
    AreasState,
    LegendState,
    AppearanceState {}

/** The browser's language and theme and, once loaded, the defaults of the configuration. The URL overrides both. */
export interface StateDefaults extends Pick<AppearanceState, 'lang' | 'theme'> {
  density?: DensityDefaults;
  /** Whether the page shows no numbers of users. */
  hidesUsers?: boolean;
}

export function parseState(hash: string, defaults: StateDefaults): State {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const state = fitting({
    ...parseWhere(params),
    ...parseDensity(params, defaults.density),
    ...parseTime(params),
    ...parseCompare(params),
    ...parseGrowth(params),
    ...parseOverlays(params),
    ...parseVendors(params),
    ...parseDelivery(params),
    ...parseCoverage(params),
    ...parseAreas(params),
    ...parseLegend(params),
    ...parseAppearance(params, defaults),
  });
  return defaults.hidesUsers ? withoutUsers(state) : state;
}

/** Ends choices that others rule out. */
export function fitting(state: State): State {
  return withoutUnfitGrowth(withoutHourlyUsers(state));
}

/** Leaves out defaults, to keep the URL short. Without defaults, language, theme, lines and window are always written. */
export function formatState(state: State, defaults: Partial<StateDefaults>): string {
  const params = new URLSearchParams();
  putDensity(params, state, defaults.density);
  putTime(params, state);
  putCompare(params, state);
  putGrowth(params, state);
  putOverlays(params, state);
  putVendors(params, state);
  putDelivery(params, state);
  putCoverage(params, state);
  putAreas(params, state);
  putLegend(params, state);
  putWhere(params, state);
  putAppearance(params, state, defaults);
  // A slash needs no escaping in a fragment, and the URL is easier to read without.
  const text = params.toString().replaceAll('%2F', '/');
  return text === '' ? '' : `#${text}`;
}

/** Choices that give the classes of a legend another meaning. */
const MEASURE_KEYS = ['kind', 'lines', 'areaFill', 'areaKinds', 'areaSubset', 'city', 'growth'] as const;

/** A choice of another measure shows every class again. */
export function withFittingClasses(patch: Partial<State>): Partial<State> {
  const isNew = MEASURE_KEYS.some((key) => patch[key] !== undefined);
  return isNew && patch.shownClasses === undefined ? { ...patch, shownClasses: EVERY_CLASS } : patch;
}
