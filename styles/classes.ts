// Colour classes from the quantiles in the archive's metadata. Paint and legend both read them.

import { type Measure, quantileKeys } from './measure';
import type { Ramp } from './tokens';

/** Of the TileJSON: quantiles by zoom and attribute, over the cells where it is above zero. */
export interface Quantiles {
  probabilities: readonly number[];
  byZoom: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  minzoom: number;
  maxzoom: number;
}

/** The classes of one zoom. */
export interface ZoomClasses {
  zoom: number;
  /** First number of each class, ascending; the last class has no upper end: the top is clipped. */
  limits: readonly number[];
  /** The 5th, 50th, 90th, 95th and 99th percentile, for the heat weights. */
  p05: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  /** The largest number known to occur. Over several lines a true lower bound of it. */
  busiest: number;
}

/** Where a class begins: half of the cells share the three quietest colours, one in a hundred the last. */
const CLASS_PROBABILITIES = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

export function zoomClasses(quantiles: Quantiles, measure: Measure): ZoomClasses[] {
  const zooms: ZoomClasses[] = [];
  for (let zoom = quantiles.minzoom; zoom <= quantiles.maxzoom; zoom += 1) {
    zooms.push(classesAt(quantiles, measure, zoom));
  }
  return zooms;
}

/**
 * Several lines have no quantile of their own. The busiest line's stands in: the sum is never below
 * any of its lines, so at least the promised share of cells reaches a class, and the busiest cell
 * always the last one.
 */
function classesAt(quantiles: Quantiles, measure: Measure, zoom: number): ZoomClasses {
  const byAttribute = quantiles.byZoom[String(zoom)] ?? {};
  const known = quantileKeys(measure).flatMap((key) => byAttribute[key] ?? []).length > 0;
  const at = (probability: number): number => {
    const index = quantiles.probabilities.indexOf(probability);
    const values = quantileKeys(measure).map((key) => byAttribute[key]?.[index] ?? 0);
    return Math.max(...values, 1);
  };
  const limits = [1];
  if (known) {
    for (const limit of CLASS_PROBABILITIES.map(at)) {
      if (limit > (limits.at(-1) ?? 0)) limits.push(limit);
    }
  }
  const [p05, p50, p90, p95, p99, busiest] = [at(0.05), at(0.5), at(0.9), at(0.95), at(0.99), at(1)];
  return { zoom, limits, p05, p50, p90, p95, p99, busiest };
}

/** The classes of the tiles that a map at `zoom` draws. */
export function classesFor(zooms: readonly ZoomClasses[], zoom: number): ZoomClasses | undefined {
  const first = zooms[0];
  if (!first) return undefined;
  const index = Math.floor(zoom) - first.zoom;
  return zooms[Math.min(Math.max(index, 0), zooms.length - 1)];
}

/** The colour of class `index` of `count`: the first and the last are the ramp's own ends. */
export function classColour(ramp: Ramp, index: number, count: number): string {
  const at = count === 1 ? ramp.length - 1 : Math.round((index * (ramp.length - 1)) / (count - 1));
  return ramp[at] ?? ramp[ramp.length - 1] ?? '';
}

export interface LegendRow {
  colour: string;
  from: number;
  /** `null` for the last class, which has no upper end. */
  to: number | null;
}

/** Busiest first, as one reads it. */
export function legendRows(classes: ZoomClasses, ramp: Ramp): LegendRow[] {
  const { limits } = classes;
  return limits
    .map((from, index) => {
      const next = limits[index + 1];
      return { colour: classColour(ramp, index, limits.length), from, to: next === undefined ? null : next - 1 };
    })
    .reverse();
}

/** The class a number falls into, counted from the quietest. */
export function classOf(classes: ZoomClasses, value: number): number {
  return classes.limits.reduce((found, limit, index) => (value >= limit ? index : found), 0);
}
