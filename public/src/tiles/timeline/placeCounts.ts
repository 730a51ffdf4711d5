// What a city or area has in a range.

import type { Count } from './rangeCounts';

/** The id of the whole city among its areas. */
export const CITY = -1;

/** `users` of a line are its distinct users, and those of the place are distinct over all lines. */
export interface PlaceCounts extends Record<Count, number> {
  byLine: Record<Count, number>[];
}

/** Users of two adjacent ranges in a place. */
export interface Retention {
  retained: number;
  lost: number;
  gained: number;
  /** Those of the second range who never ordered before. Part of `gained`. */
  fresh: number;
}
