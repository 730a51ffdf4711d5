// Which areas are drawn, and what fills them. The areas that vendors are limited to belong to the vendor filter.

import { AREA_KINDS, AREA_TINTS, type AreaKind, type AreaTint } from '@styles/areas';
import { DOT_STEPS, type DotStep } from '@styles/population';
import { AREA_STATS, type AreaStat, parseSubset, type VendorSubset } from '../../areas/areaStat';
import type { OverlaysState } from './overlays';
import { oneOf, put, someOf } from './params';

/** No fill, one colour, or colours by a statistic. */
export const AREA_FILLS = ['none', 'tint', ...AREA_STATS] as const;
export type AreaFill = 'none' | 'tint' | AreaStat;

export interface AreasState {
  /** The kinds of areas that the overlay draws. Never empty. */
  areaKinds: readonly AreaKind[];
  areaFill: AreaFill;
  areaTint: AreaTint;
  /** Counts only the vendors of one grade or platform in each area; `null` counts all filtered vendors. */
  areaSubset: VendorSubset | null;
  /** Draws one of this many population dots. */
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

/** The chosen statistic; `null` if areas are not coloured by one. */
export function chosenStat({ areaFill, overlays }: Pick<AreasState, 'areaFill'> & OverlaysState): AreaStat | null {
  return overlays.includes('areas') ? (AREA_STATS.find((stat) => stat === areaFill) ?? null) : null;
}
