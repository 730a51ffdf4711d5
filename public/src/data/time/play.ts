// The ranges of a film: a window that moves, or one that grows from its first day.

import { addDays, type Days, lengthOf } from './days';

export const PLAY_MODES = ['moving', 'growing'] as const;
export type PlayMode = (typeof PLAY_MODES)[number];

/** Days from one picture to the next. */
export const PLAY_STEPS = [1, 7, 30] as const;
export type PlayStep = (typeof PLAY_STEPS)[number];

export interface Film {
  mode: PlayMode;
  step: PlayStep;
}

/** The first picture. A window that cannot move on starts with the first days of the data. */
export function firstPicture(range: Days, { mode, step }: Film, data: Days): Days {
  if (mode === 'growing') return { from: range.from, to: earlier(addDays(range.from, step - 1), data.to) };
  if (nextPicture(range, { mode, step }, data)) return range;
  return { from: data.from, to: addDays(data.from, lengthOf(range) - 1) };
}

/** `null` after the last picture. A growing window ends with the data; a moving one keeps its length. */
export function nextPicture(shown: Days, { mode, step }: Film, data: Days): Days | null {
  if (mode === 'growing') {
    return shown.to === data.to ? null : { from: shown.from, to: earlier(addDays(shown.to, step), data.to) };
  }
  const next = { from: addDays(shown.from, step), to: addDays(shown.to, step) };
  return next.to > data.to ? null : next;
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
