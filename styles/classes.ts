// Colour classes from the quantiles in the archive metadata. Paint and legend use the same classes.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';
import { type Measure, quantileKeys } from './measure';
import type { Ramp } from './tokens';

/** Quantiles from the TileJSON, by zoom and attribute, over the cells where the attribute is positive. */
export interface Quantiles {
  probabilities: readonly number[];
  byZoom: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  minzoom: number;
  maxzoom: number;
}

/** The classes of one zoom. */
export interface ZoomClasses {
  zoom: number;
  /** The lower limit of each class, ascending. The last class has no upper limit. */
  limits: readonly number[];
  /** Percentiles for the heat weights. */
  p05: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  /** The largest value; for several lines a lower bound of it. */
  busiest: number;
}

/** The lower limits of the classes as quantiles: half of the cells have the two lowest colours, 1 % the highest. */
const CLASS_PROBABILITIES = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

export function zoomClasses(quantiles: Quantiles, measure: Measure): ZoomClasses[] {
  const zooms: ZoomClasses[] = [];
  for (let zoom = quantiles.minzoom; zoom <= quantiles.maxzoom; zoom += 1) {
    zooms.push(classesAt(quantiles, measure, zoom));
  }
  return zooms;
}

/**
 * Quantiles are published for single lines only. For several lines the largest quantile is used. A sum is never
 * below any of its lines, so each class has at least its share of cells, and the busiest cell has the last class.
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

/** The classes of the tiles that the map draws at `zoom`. */
export function classesFor(zooms: readonly ZoomClasses[], zoom: number): ZoomClasses | undefined {
  const first = zooms[0];
  if (!first) return undefined;
  const index = Math.floor(zoom) - first.zoom;
  return zooms[Math.min(Math.max(index, 0), zooms.length - 1)];
}

/** The colour of class `index` of `count`. The first and the last class have the ends of the ramp. */
export function classColour(ramp: Ramp, index: number, count: number): string {
  const at = count === 1 ? ramp.length - 1 : Math.round((index * (ramp.length - 1)) / (count - 1));
  return ramp[at] ?? ramp[ramp.length - 1] ?? '';
}

export interface LegendRow {
  colour: string;
  from: number;
  /** `null` for the last class, which has no upper limit. */
  to: number | null;
}

/** Highest class first. */
export function legendRows(classes: ZoomClasses, ramp: Ramp): LegendRow[] {
  const { limits } = classes;
  return limits
    .map((from, index) => {
      const next = limits[index + 1];
      return { colour: classColour(ramp, index, limits.length), from, to: next === undefined ? null : next - 1 };
    })
    .reverse();
}

/** Whether a value is in one of the classes with these lower limits. Classes are counted from the lowest. */
export function isInClass(
  value: ExpressionSpecification,
  limits: readonly number[],
  shown: readonly number[],
): ExpressionSpecification {
  const ranges = shown.flatMap((index) => {
    const [from, to] = [limits[index], limits[index + 1]];
    if (from === undefined) return [];
    return [to === undefined ? ['>=', value, from] : ['all', ['>=', value, from], ['<', value, to]]];
  });
  return ['any', ...ranges] as unknown as ExpressionSpecification;
}

/** The index of the class of a value, from the lowest. */
export function classOf(classes: ZoomClasses, value: number): number {
  return classes.limits.reduce((found, limit, index) => (value >= limit ? index : found), 0);
}
