// What a city or area has in a range.

import type { Count } from './rangeCounts';

/** The id of the whole city among its areas. */
export const CITY = -1;

/** `users` of a line are its distinct users, and those of the place are distinct over all lines. */
export interface PlaceCounts extends Record<Count, number> {
  byLine: Record<Count, number>[];
}
