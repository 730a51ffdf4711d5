// Without numbers of users: what is offered, and what a link chooses instead, where the configuration hides them.

import { KINDS, type Kind } from '@styles/measure';
import { RETENTION_STATS } from '../areas/areaStat';
import { AREA_FILLS, type AreaFill, type AreasState } from './slices/areas';
import type { CompareState } from './slices/compare';
import type { DensityChoice } from './slices/density';

const USER_FILLS: readonly AreaFill[] = ['users', 'all-users', ...RETENTION_STATS];

export function offeredKinds(hidesUsers: boolean): Kind[] {
  return KINDS.filter((kind) => !(hidesUsers && kind === 'users'));
}

export function offeredFills(hidesUsers: boolean): AreaFill[] {
  return AREA_FILLS.filter((fill) => !(hidesUsers && USER_FILLS.includes(fill)));
}

/** Orders instead of users. A comparison with users ends, and areas lose their fill by users. */
export function withoutUsers<T extends Pick<DensityChoice, 'kind'> & CompareState & Pick<AreasState, 'areaFill'>>(
  state: T,
): T {
  return {
    ...state,
    kind: state.kind === 'users' ? 'orders' : state.kind,
    compare: state.compare?.kind === 'users' ? null : state.compare,
    areaFill: USER_FILLS.includes(state.areaFill) ? 'none' : state.areaFill,
  };
}
