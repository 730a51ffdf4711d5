// Colour classes of areas by a number that each has: paint, labels and legend all read them.

import { classColour } from './classes';
import type { Ramp } from './tokens';

/** A class from `from` up to, but without, `to`; the last has no upper end, and that of zero is only zero. */
export interface AreaClass {
  colour: string;
  from: number;
  to: number | null;
  /** Ids of the areas in it. */
  ids: readonly number[];
}

export interface AreaClasses {
  /** Least first. */
  classes: readonly AreaClass[];
  /** Ids of the areas whose number nobody knows. */
  unknown: readonly number[];
}

/** As many areas in each as round limits allow. */
const CLASS_COUNT = 6;

/** `none` is the colour of zero, which has a class of its own. */
export function areaClasses(numbers: ReadonlyMap<number, number | null>, ramp: Ramp, none: string): AreaClasses {
  const known = [...numbers].flatMap(([id, n]) => (n === null ? [] : [[id, n] as const]));
  const positive = known.map(([, n]) => n).filter((n) => n > 0);
  const limits = limitsOf(positive.toSorted((a, b) => a - b));
  const within = (from: number, to: number | null): number[] =>
    known.flatMap(([id, n]) => (n >= from && (to === null || n < to) ? [id] : []));
  const classes = limits.map((from, i): AreaClass => {
    const to = limits[i + 1] ?? null;
    return { colour: classColour(ramp, i, limits.length), from, to, ids: within(from, to) };
  });
  const zeros = known.flatMap(([id, n]) => (n > 0 ? [] : [id]));
  return {
    classes: zeros.length > 0 ? [{ colour: none, from: 0, to: 0, ids: zeros }, ...classes] : classes,
    unknown: [...numbers].flatMap(([id, n]) => (n === null ? [id] : [])),
  };
}

/** First numbers of the classes, of rising numbers above zero. */
function limitsOf(rising: readonly number[]): number[] {
  const parts = Array.from({ length: CLASS_COUNT }, (_, i) => rising[Math.floor((i * rising.length) / CLASS_COUNT)]);
  return [...new Set(parts.flatMap((n) => (n === undefined ? [] : [roundDown(n)])))];
}

/** To two digits, so that a limit reads well and no area falls below the first. */
function roundDown(n: number): number {
  const unit = 10 ** (Math.floor(Math.log10(n)) - 1);
  const whole = Math.floor(n / unit + 1e-9);
  // Dividing by ten is exact to the last digit where multiplying with a tenth is not.
  return unit < 1 ? whole / Math.round(1 / unit) : whole * unit;
}
