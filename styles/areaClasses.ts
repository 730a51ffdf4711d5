// Colour classes of areas by a value. Paint, labels and legend use the same classes.

import { classColour } from './classes';
import type { Ramp } from './tokens';

/** A class from `from` to below `to`. The last class has no upper limit; the class of zero contains only zero. */
export interface AreaClass {
  colour: string;
  from: number;
  to: number | null;
  /** The ids of the areas in the class. */
  ids: readonly number[];
}

export interface AreaClasses {
  /** Lowest first. */
  classes: readonly AreaClass[];
  /** The ids of the areas whose value is unknown. */
  unknown: readonly number[];
}

/** Classes have about equally many areas, as far as round limits allow. */
const CLASS_COUNT = 6;

/** `none` is the colour of the class of zero. */
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

/** The lower limits of the classes, from ascending positive values. */
function limitsOf(rising: readonly number[]): number[] {
  const parts = Array.from({ length: CLASS_COUNT }, (_, i) => rising[Math.floor((i * rising.length) / CLASS_COUNT)]);
  return [...new Set(parts.flatMap((n) => (n === undefined ? [] : [roundDown(n)])))];
}

/** Rounds down to two digits, so that limits are round and no area is below the first one. */
function roundDown(n: number): number {
  const unit = 10 ** (Math.floor(Math.log10(n)) - 1);
  const whole = Math.floor(n / unit + 1e-9);
  // Dividing by ten is exact where multiplying by a tenth is not.
  return unit < 1 ? whole / Math.round(1 / unit) : whole * unit;
}
