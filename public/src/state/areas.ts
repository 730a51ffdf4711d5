// Which kinds of areas are drawn.

import { AREA_KINDS, type AreaKind } from '@styles/areas';
import { put, someOf } from './params';

export interface AreasState {
  /** Kinds of areas that are drawn where areas are; never none. */
  areaKinds: readonly AreaKind[];
}

export const DEFAULT_AREA_KINDS: readonly AreaKind[] = ['marketing'];

export function parseAreas(params: URLSearchParams): AreasState {
  const kinds = someOf(params.getAll('areas'), AREA_KINDS);
  return { areaKinds: kinds.length > 0 ? kinds : DEFAULT_AREA_KINDS };
}

export function putAreas(params: URLSearchParams, { areaKinds }: AreasState): void {
  if (String(areaKinds) !== String(DEFAULT_AREA_KINDS)) for (const kind of areaKinds) put(params, 'areas', kind);
}
