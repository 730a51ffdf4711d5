// Growth: the period that the chosen one is compared with on the map, and how the change is shown.

import { GROWTH_SCALES, type GrowthScale } from '@styles/growth';
import type { CompareState } from './compare';
import type { DensityChoice } from './density';
import { oneOf, put } from './params';

/** Cells with a lower count in both periods are not coloured: a change of a few orders says little. */
export const MIN_COUNTS = [1, 5, 10, 20, 50, 100] as const;
export type MinCount = (typeof MIN_COUNTS)[number];

export interface Growth {
  /** The name of the other period, as in links: see `daysAgainst`. */
  against: string;
  scale: GrowthScale;
  minCount: MinCount;
  /** Whether the table of areas is open. */
  showsAreas: boolean;
}

export interface GrowthState {
  growth: Growth | null;
}

export const FIRST_GROWTH: Growth = { against: 'before', scale: 'difference', minCount: 10, showsAreas: false };

export function parseGrowth(params: URLSearchParams): GrowthState {
  const against = params.get('growth');
  if (!against) return { growth: null };
  return {
    growth: {
      against,
      scale: oneOf(params.get('growth-scale'), GROWTH_SCALES) ?? FIRST_GROWTH.scale,
      minCount: MIN_COUNTS.find((count) => String(count) === params.get('growth-min')) ?? FIRST_GROWTH.minCount,
      showsAreas: params.get('growth-areas') === 'on',
    },
  };
}

export function putGrowth(params: URLSearchParams, { growth }: GrowthState): void {
  if (!growth) return;
  put(params, 'growth', growth.against);
  put(params, 'growth-scale', growth.scale, FIRST_GROWTH.scale);
  put(params, 'growth-min', String(growth.minCount), String(FIRST_GROWTH.minCount));
  put(params, 'growth-areas', growth.showsAreas ? 'on' : null);
}

/** Growth is drawn as cells of one map. Another view, or a second map, ends it. */
export function withoutUnfitGrowth<T extends GrowthState & DensityChoice & CompareState>(state: T): T {
  const { growth, showsDensity, view, compare } = state;
  return growth && !(showsDensity && view === 'cells' && compare === null) ? { ...state, growth: null } : state;
}

/** The choice that shows growth, whatever the map shows now. */
export function showingGrowth(
  growth: Growth,
): GrowthState & CompareState & Pick<DensityChoice, 'showsDensity' | 'view'> {
  return { growth, compare: null, showsDensity: true, view: 'cells' };
}
