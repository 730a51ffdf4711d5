// Growth: the change of each cell from one period to another, in seven classes around no change.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { ThemeTokens } from './tokens';

/** The change a day, or as a share of the other period. */
export const GROWTH_SCALES = ['difference', 'percent'] as const;
export type GrowthScale = (typeof GROWTH_SCALES)[number];

/** The limits of the three classes on each side of no change, ascending, and negated for the other side. */
export type GrowthLimits = readonly [number, number, number];

/** The limits of the difference a day at one zoom. */
export interface GrowthZoom {
  zoom: number;
  limits: GrowthLimits;
}

export interface GrowthState {
  scale: GrowthScale;
  /** Cells with a lower count in both periods are not coloured. */
  minCount: number;
  /** The number of days of each period. */
  days: { now: number; was: number };
  zooms: readonly GrowthZoom[];
}

/** Ten percent either way is about no change. */
export const PERCENT_LIMITS: GrowthLimits = [0.1, 0.25, 0.5];

/** More than any change, for cells that had nothing in the other period. */
const NEW = 1e9;

const NOW: ExpressionSpecification = ['number', ['get', 'now'], 0];
const WAS: ExpressionSpecification = ['number', ['get', 'was'], 0];
const LARGER: ExpressionSpecification = ['max', NOW, WAS];

/** Every cell that has a count in one of the periods. */
export const IS_COMPARED: ExpressionSpecification = ['>', LARGER, 0];

/**
 * The colour of a cell: that of its class, or a neutral one below the lowest count. MapLibre accepts the zoom only in the
 * outermost expression.
 */
export function growthColour(state: GrowthState, { growth, few }: ThemeTokens): ExpressionSpecification {
  const coloured = (value: ExpressionSpecification, limits: GrowthLimits): ExpressionSpecification =>
    ['case', ['<', LARGER, state.minCount], few, stepOf(value, limits, growth)] as ExpressionSpecification;
  if (state.scale === 'percent') return coloured(percentOf(state), PERCENT_LIMITS);
  const [first, ...rest] = state.zooms;
  if (!first) throw new Error('growth needs the limits of at least one zoom');
  const at = ({ limits }: GrowthZoom): ExpressionSpecification => coloured(differenceOf(state), limits);
  if (rest.length === 0) return at(first);
  return ['step', ['zoom'], at(first), ...rest.flatMap((own) => [own.zoom, at(own)])] as ExpressionSpecification;
}

function differenceOf({ days }: GrowthState): ExpressionSpecification {
  return ['-', ['/', NOW, days.now], ['/', WAS, days.was]];
}

function percentOf({ days }: GrowthState): ExpressionSpecification {
  return ['case', ['==', WAS, 0], NEW, ['-', ['/', ['*', NOW, days.was], ['*', WAS, days.now]], 1]];
}

/** The lower limit of each class but the first, ascending. */
export function growthSteps([low, middle, high]: GrowthLimits): number[] {
  return [-high, -middle, -low, low, middle, high];
}

function stepOf(
  value: ExpressionSpecification,
  limits: GrowthLimits,
  [first, ...others]: ThemeTokens['growth'],
): ExpressionSpecification {
  const steps = growthSteps(limits).flatMap((limit, i) => [limit, others[i] ?? first]);
  return ['step', value, first, ...steps] as ExpressionSpecification;
}

export interface GrowthRow {
  colour: string;
  /** `null` for the lowest class. */
  from: number | null;
  /** `null` for the highest class. */
  to: number | null;
}

/** Highest class first. */
export function growthRows(limits: GrowthLimits, colours: ThemeTokens['growth']): GrowthRow[] {
  const steps = growthSteps(limits);
  return colours.map((colour, i) => ({ colour, from: steps[i - 1] ?? null, to: steps[i] ?? null })).reverse();
}

/** The limits at the zoom of the map. */
export function growthLimits({ scale, zooms }: Pick<GrowthState, 'scale' | 'zooms'>, zoom: number): GrowthLimits {
  if (scale === 'percent') return PERCENT_LIMITS;
  return (zooms.findLast((own) => own.zoom <= zoom) ?? zooms[0])?.limits ?? PERCENT_LIMITS;
}
