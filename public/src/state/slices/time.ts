// The chosen weekdays and hours. The range of days is the window of the density layer.

import { formatHours, parseHours } from '../../data/time/hours';
import type { CompareState } from './compare';
import type { DensityChoice } from './density';
import { put } from './params';

export interface TimeState {
  /** As in the URL; `null` counts every hour. */
  hours: string | null;
}

export function parseTime(params: URLSearchParams): TimeState {
  const hours = parseHours(params.get('hours'));
  return { hours: hours && formatHours(hours) };
}

export function putTime(params: URLSearchParams, { hours }: TimeState): void {
  put(params, 'hours', hours);
}

/** Users are not counted by hour, so a choice of hours shows orders instead. */
export function withoutHourlyUsers<T extends TimeState & Pick<DensityChoice, 'kind'> & CompareState>(state: T): T {
  const { hours, kind, compare } = state;
  if (hours === null || (kind !== 'users' && compare?.kind !== 'users')) return state;
  return {
    ...state,
    kind: kind === 'users' ? 'orders' : kind,
    compare: compare?.kind === 'users' ? { ...compare, kind: 'orders' } : compare,
  };
}
