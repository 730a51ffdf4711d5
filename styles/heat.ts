// The heat view: counts become weights, weights become a surface, and the ramp colours the surface.

import type { ExpressionSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { ZoomClasses } from './classes';
import { type HeatFit, nominalFit } from './heatFit';
import { type Measure, measureExpression } from './measure';
import { type Ramp, TOKENS } from './tokens';
import { byZoom } from './zoomSteps';

/** How counts become weights: by percentiles, or with the formula of the former dashboard. */
export type HeatWeight = 'percentile' | 'classic';

export interface HeatSettings {
  /** A factor on the automatic kernel radius. */
  radius: number;
  /** How softly the surface ends: 0 is a sharp edge, 1 fades over half of the colours. */
  blur: number;
  /** The share of the maximum heat from which on the last colour is used; 1 leaves it to the busiest location. */
  maximum: number;
  weight: HeatWeight;
}

export const AUTOMATIC_HEAT: HeatSettings = { radius: 1, blur: 0.25, maximum: 1, weight: 'percentile' };

export interface HeatState {
  measure: Measure;
  classes: readonly ZoomClasses[];
  heat: HeatSettings;
  /** The measured surface by zoom; other zooms use an estimate. */
  heatFits: readonly HeatFit[];
}

export function heatPaint(state: HeatState, ramp: Ramp): Extract<LayerSpecification, { type: 'heatmap' }>['paint'] {
  const fits = state.classes.map(({ zoom }) => fitAt(state, zoom));
  return {
    'heatmap-weight': byZoom(state.classes, (classes) => weightExpression(state, classes)),
    'heatmap-radius': radiusExpression(fits),
    'heatmap-intensity': intensityExpression(fits, state.heat.maximum),
    'heatmap-color': heatColours(ramp, state.heat.blur),
    'heatmap-opacity': TOKENS.heatOpacity,
  };
}

function fitAt({ heat, heatFits }: HeatState, zoom: number): HeatFit {
  return heatFits.find((fit) => fit.zoom === zoom) ?? nominalFit(zoom, heat.radius);
}

function weightExpression({ heat, measure }: HeatState, classes: ZoomClasses): ExpressionSpecification {
  const value = measureExpression(measure);
  return heat.weight === 'classic' ? classicWeight(value, measure, classes) : percentileWeight(value, classes);
}

/** The weight of a count, equal to the style expression; heat.test.ts compares the two. */
export function heatWeight(count: number, weight: HeatWeight, measure: Measure, classes: ZoomClasses): number {
  if (weight === 'classic') {
    const { low, span } = classicScale(measure, classes);
    return Math.max(0, Math.min(1, (classicX(count, measure) - low) / span));
  }
  const stops = percentileStops(classes);
  const next = stops.findIndex(([at]) => at > count);
  if (next < 0) return stops.at(-1)?.[1] ?? 0;
  const [[fromAt, from], [toAt, to]] = [stops[next - 1] ?? [0, 0], stops[next] ?? [0, 0]];
  return from + ((to - from) * (count - fromAt)) / (toAt - fromAt);
}

/** Clipped at the 99th percentile: busier cells have weight 1. */
function percentileStops({ p50, p90, p99 }: ZoomClasses): [at: number, weight: number][] {
  const stops: [number, number][] = [[0, 0]];
  for (const [at, weight] of [
    [p50, 0.07],
    [p90, 0.32],
    [p99, 1],
  ] as const) {
    if (at > (stops.at(-1)?.[0] ?? 0)) stops.push([at, weight]);
    else stops[stops.length - 1] = [stops.at(-1)?.[0] ?? 0, weight];
  }
  return stops;
}

function percentileWeight(value: ExpressionSpecification, classes: ZoomClasses): ExpressionSpecification {
  return ['interpolate', ['linear'], value, ...percentileStops(classes).flat()] as ExpressionSpecification;
}

/** The formula of the former dashboard: x = ln(1 + w), scaled between the 5th and 95th percentile and clipped. */
function classicWeight(
  value: ExpressionSpecification,
  measure: Measure,
  classes: ZoomClasses,
): ExpressionSpecification {
  const { low, span } = classicScale(measure, classes);
  const w: ExpressionSpecification =
    measure.kind === 'users'
      ? ['*', 10, ['ln', ['+', 1, value]]]
      : ['*', value, ['+', 1, ['*', 0.1, ['ln', ['+', 1, value]]]]];
  return ['max', 0, ['min', 1, ['/', ['-', ['ln', ['+', 1, w]], low], span]]];
}

function classicScale(measure: Measure, { p05, p95 }: ZoomClasses): { low: number; span: number } {
  const low = classicX(p05, measure);
  return { low, span: Math.max(classicX(p95, measure) - low, 1e-9) };
}

export function classicX(n: number, measure: Measure): number {
  const w = measure.kind === 'users' ? 10 * Math.log1p(n) : n * (1 + 0.1 * Math.log1p(n));
  return Math.log1p(w);
}

/** Above the highest zoom the kernel grows with the cells, so the surface keeps its shape. */
function radiusExpression(fits: readonly HeatFit[]): ExpressionSpecification {
  const stops = fits.flatMap(({ zoom, radiusPx }) => [zoom, radiusPx]);
  const deepest = fits.at(-1);
  if (deepest) stops.push(deepest.zoom + 8, deepest.radiusPx * 2 ** 8);
  return ['interpolate', ['exponential', 2], ['zoom'], ...stops] as ExpressionSpecification;
}

/** Scales the surface so that the last colour starts at the share `maximum` of its peak. */
function intensityExpression(fits: readonly HeatFit[], maximum: number): ExpressionSpecification {
  const stops = fits.flatMap(({ zoom, peaks: [start, end] }, index) => {
    const isDeepest = index === fits.length - 1;
    return [zoom, 1 / (start * maximum), ...(isDeepest ? [] : [zoom + 0.999, 1 / (end * maximum)])];
  });
  // A sum over neighbours falls with the square of their distance, which doubles within a zoom.
  return ['interpolate', ['exponential', 4], ['zoom'], ...stops] as ExpressionSpecification;
}

/** The surface ends at about this height. A fade starts below and ends above it. */
const EDGE = 0.1;
const WIDEST_FADE = 0.5;
const SHORTEST_FADE = 0.01;

export interface HeatStop {
  /** The height of the surface; the last colour starts at 1. */
  at: number;
  colour: string;
  alpha: number;
}

/** The colours of the ramp over the heights 0 to 1, with their opacity. */
export function heatStops(ramp: Ramp, blur: number): HeatStop[] {
  const from = EDGE * (1 - blur);
  const to = EDGE + SHORTEST_FADE + WIDEST_FADE * blur;
  const heights = [...ramp.map((_, index) => index / (ramp.length - 1)), from, to];
  return [...new Set(heights)]
    .toSorted((a, b) => a - b)
    .map((at) => ({ at, colour: colourAt(ramp, at), alpha: Math.min(1, Math.max(0, (at - from) / (to - from))) }));
}

function colourAt(ramp: Ramp, height: number): string {
  const place = height * (ramp.length - 1);
  const [low, high] = [ramp[Math.floor(place)], ramp[Math.ceil(place)]].map((colour = '#000000') =>
    [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)),
  );
  const mixed = low?.map((part, i) => Math.round(part + ((high?.[i] ?? part) - part) * (place % 1))) ?? [];
  return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour as `#rrggbbaa`, which both MapLibre and CSS accept. */
export function colourOf({ colour, alpha }: HeatStop): string {
  return `${colour}${Math.round(255 * alpha)
    .toString(16)
    .padStart(2, '0')}`;
}

function heatColours(ramp: Ramp, blur: number): ExpressionSpecification {
  const stops = heatStops(ramp, blur).flatMap((stop) => [stop.at, colourOf(stop)]);
  return ['interpolate', ['linear'], ['heatmap-density'], ...stops] as ExpressionSpecification;
}
