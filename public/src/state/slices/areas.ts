// Which areas are drawn, and what fills them. Those that vendors must lie in are a part of the filter of vendors.

import { AREA_KINDS, AREA_TINTS, type AreaKind, type AreaTint } from '@styles/areas';
import { DOT_STEPS, type DotStep } from '@styles/population';
import { AREA_STATS, type AreaStat, parseSubset, type VendorSubset } from '../../areas/areaStat';
import type { OverlaysState } from './overlays';
import { oneOf, put, someOf } from './params';

/** Nothing, one colour, or colours by a statistic. */
export const AREA_FILLS = ['none', 'tint', ...AREA_STATS] as const;
export type AreaFill = 'none' | 'tint' | AreaStat;

export interface AreasState {
  /** Kinds of areas that are drawn where areas are; never none. */
  areaKinds: readonly AreaKind[];
  areaFill: AreaFill;
  areaTint: AreaTint;
  /** Of vendors by area only those of one grade or platform are counted; `null` counts all of the filter. */
  areaSubset: VendorSubset | null;
  /** Of so many dots of inhabitants one is drawn. */
  dotStep: DotStep;
}

export const DEFAULT_AREA_KINDS: readonly AreaKind[] = ['marketing'];

export function parseAreas(params: URLSearchParams): AreasState {
  const kinds = someOf(params.getAll('areas'), AREA_KINDS);
  return {
    areaKinds: kinds.length > 0 ? kinds : DEFAULT_AREA_KINDS,
    areaFill: oneOf(params.get('fill'), AREA_FILLS) ?? 'tint',
    areaTint: oneOf(params.get('tint'), AREA_TINTS) ?? 'blue',
    areaSubset: parseSubset(params.get('of')),
    dotStep: DOT_STEPS.find((step) => String(step) === params.get('dots')) ?? 1,
  };
}

export function putAreas(params: URLSearchParams, state: AreasState): void {
  const { areaKinds, areaFill, areaTint, areaSubset, dotStep } = state;
  if (String(areaKinds) !== String(DEFAULT_AREA_KINDS)) for (const kind of areaKinds) put(params, 'areas', kind);
  put(params, 'fill', areaFill, 'tint');
  put(params, 'tint', areaTint, 'blue');
  put(params, 'of', areaSubset && `${areaSubset.facet}-${areaSubset.value}`);
  put(params, 'dots', String(dotStep), '1');
}

/** The statistic that is chosen, if areas are shown by one. */
export function chosenStat({ areaFill, overlays }: Pick<AreasState, 'areaFill'> & OverlaysState): AreaStat | null {
  return overlays.includes('areas') ? (AREA_STATS.find((stat) => stat === areaFill) ?? null) : null;
}
