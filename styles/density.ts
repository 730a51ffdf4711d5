// The density layer group: cells or heat, from a source, what is asked for, and the tokens.

import type { ExpressionSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { classColour, type ZoomClasses } from './classes';
import { type Measure, measureExpression } from './measure';
import { CELL_PX, type Ramp, type ThemeTokens, TOKENS } from './tokens';

export const SOURCE_LAYER = 'density';

export type View = 'cells' | 'heat';

/** How a count becomes a heat weight: by the metadata's percentiles, or as the old map did. */
export type HeatWeight = 'percentile' | 'classic';

export interface HeatSettings {
  /** Factors on the automatic radius and strength; 1 is automatic. */
  radius: number;
  strength: number;
  weight: HeatWeight;
}

export const AUTOMATIC_HEAT: HeatSettings = { radius: 1, strength: 1, weight: 'percentile' };

/** Names of the sources: the tiles as served (points), and the same cells as squares. */
export interface DensitySource {
  points: string;
  /** `null` where only points can be had: cells are then drawn as discs. */
  squares: string | null;
  /** What the privacy floor withheld of cells that are shown; `null` where nothing is. */
  withheld: string | null;
}

export interface DensityState {
  view: View;
  measure: Measure;
  classes: readonly ZoomClasses[];
  heat: HeatSettings;
  ground: 'plain' | 'overBasemap';
}

export function densityLayers(source: DensitySource, state: DensityState, tokens: ThemeTokens): LayerSpecification[] {
  if (state.classes.length === 0) return [];
  const ramp = tokens.ramps[state.measure.kind];
  if (state.view === 'heat') return [heatLayer(source.points, state, ramp)];
  const withheld = isWithheldDrawn(state.view, state.measure) ? source.withheld : null;
  return [
    ...(withheld === null ? [] : [withheldLayer(withheld, state, ramp)]),
    source.squares === null ? discLayer(source.points, state, ramp) : squareLayer(source.squares, state, ramp),
  ];
}

/** Remainders tell orders alone, and a kernel as wide as a parent would be no surface. */
export function isWithheldDrawn(view: View, { kind }: Measure): boolean {
  return view === 'cells' && kind === 'orders';
}

/** Paler than cells, and in the classes of the zoom whose cell it is left of. */
function withheldLayer(source: string, state: DensityState, ramp: Ramp): LayerSpecification {
  const colour = classExpression(state, ramp, ['number', ['get', 'zoom']]);
  return fillLayer('density-withheld', source, state, colour, TOKENS.withheldOpacity[state.ground]);
}

function squareLayer(source: string, state: DensityState, ramp: Ramp): LayerSpecification {
  return fillLayer('density-cells', source, state, classExpression(state, ramp), TOKENS.cellOpacity[state.ground]);
}

function fillLayer(
  id: string,
  source: string,
  { measure }: DensityState,
  colour: ExpressionSpecification,
  opacity: number,
): LayerSpecification {
  return {
    id,
    type: 'fill',
    source,
    'source-layer': SOURCE_LAYER,
    filter: isPositive(measure),
    paint: {
      'fill-color': colour,
      // Neighbours share an edge to the pixel; smoothing it would draw a hairline between them.
      'fill-antialias': false,
      'fill-opacity': opacity,
    },
  };
}

function discLayer(source: string, state: DensityState, ramp: Ramp): LayerSpecification {
  return {
    id: 'density-cells',
    type: 'circle',
    source,
    'source-layer': SOURCE_LAYER,
    filter: isPositive(state.measure),
    paint: {
      'circle-color': classExpression(state, ramp),
      'circle-radius': withinZoom(state.classes, CELL_PX / 2, 2),
      'circle-opacity': TOKENS.cellOpacity[state.ground],
    },
  };
}

function heatLayer(source: string, state: DensityState, ramp: Ramp): LayerSpecification {
  const { radius, strength } = state.heat;
  const radiusPx = TOKENS.heatRadiusPx * radius;
  return {
    id: 'density-heat',
    type: 'heatmap',
    source,
    'source-layer': SOURCE_LAYER,
    filter: isPositive(state.measure),
    paint: {
      'heatmap-weight': byZoom(state.classes, (classes) => weightExpression(state, classes)),
      'heatmap-radius': overzoomed(state.classes, radiusPx),
      'heatmap-intensity': heatIntensity(state.classes, radiusPx, strength * TOKENS.heatStrength),
      'heatmap-color': heatColours(ramp),
      'heatmap-opacity': TOKENS.heatOpacity,
    },
  };
}

function isPositive(measure: Measure): ExpressionSpecification {
  return ['>', measureExpression(measure), 0];
}

/** The class colour of a cell. The outer step picks the classes of the zoom the tile, or the cell itself, is of. */
function classExpression(
  state: DensityState,
  ramp: Ramp,
  zoom: ExpressionSpecification = ['zoom'],
): ExpressionSpecification {
  const value = measureExpression(state.measure);
  return byZoom(
    state.classes,
    ({ limits }) => {
      const [, ...rest] = limits;
      const first = classColour(ramp, 0, limits.length);
      if (rest.length === 0) return ['literal', first];
      const steps = rest.flatMap((limit, i) => [limit, classColour(ramp, i + 1, limits.length)]);
      return ['step', value, first, ...steps] as ExpressionSpecification;
    },
    zoom,
  );
}

function byZoom(
  zooms: readonly ZoomClasses[],
  make: (classes: ZoomClasses) => ExpressionSpecification,
  zoom: ExpressionSpecification = ['zoom'],
): ExpressionSpecification {
  const [first, ...rest] = zooms;
  if (!first) throw new Error('a density layer needs the classes of at least one zoom');
  if (rest.length === 0) return make(first);
  return [
    'step',
    zoom,
    make(first),
    ...rest.flatMap((classes) => [classes.zoom, make(classes)]),
  ] as ExpressionSpecification;
}

function weightExpression(state: DensityState, classes: ZoomClasses): ExpressionSpecification {
  const value = measureExpression(state.measure);
  return state.heat.weight === 'classic'
    ? classicWeight(value, state.measure, classes)
    : percentileWeight(value, classes);
}

/** Clipped at the 99th percentile: a busier cell weighs 1, none is left out. */
function percentileWeight(value: ExpressionSpecification, { p50, p90, p99 }: ZoomClasses): ExpressionSpecification {
  const stops: number[] = [0, 0];
  for (const [at, weight] of [
    [p50, 0.07],
    [p90, 0.32],
    [p99, 1],
  ] as const) {
    if (at > (stops.at(-2) ?? 0)) stops.push(at, weight);
    else stops[stops.length - 1] = weight;
  }
  return ['interpolate', ['linear'], value, ...stops] as ExpressionSpecification;
}

/** The old map's rule: x = ln(1 + w), scaled between its 5th and 95th percentile and clipped. */
function classicWeight(
  value: ExpressionSpecification,
  measure: Measure,
  { p05, p95 }: ZoomClasses,
): ExpressionSpecification {
  const low = classicX(p05, measure);
  const span = Math.max(classicX(p95, measure) - low, 1e-9);
  const w: ExpressionSpecification =
    measure.kind === 'users'
      ? ['*', 10, ['ln', ['+', 1, value]]]
      : ['*', value, ['+', 1, ['*', 0.1, ['ln', ['+', 1, value]]]]];
  return ['max', 0, ['min', 1, ['/', ['-', ['ln', ['+', 1, w]], low], span]]];
}

export function classicX(n: number, measure: Measure): number {
  const w = measure.kind === 'users' ? 10 * Math.log1p(n) : n * (1 + 0.1 * Math.log1p(n));
  return Math.log1p(w);
}

/**
 * The heat surface is a sum of Gaussian kernels (sigma = radius / 3, height 0.3989) on a grid whose
 * spacing grows from 8 px to 16 px within a zoom. This intensity makes a plain of weight 1 sum to
 * `strength` at every zoom, so that the picture neither fades nor flares when one zooms.
 */
function heatIntensity(zooms: readonly ZoomClasses[], radiusPx: number, strength: number): ExpressionSpecification {
  const one = (9 * CELL_PX * CELL_PX) / (0.3989 * 2 * Math.PI * radiusPx * radiusPx);
  return withinZoom(zooms, one * strength, 4, true);
}

/** A number that grows by `factor` while the map goes from a tile's zoom to the next, then starts anew. */
function withinZoom(
  zooms: readonly ZoomClasses[],
  start: number,
  factor: 2 | 4,
  level = false,
): ExpressionSpecification {
  const stops: number[] = [];
  zooms.forEach(({ zoom }, index) => {
    const last = index === zooms.length - 1;
    stops.push(zoom, start);
    if (!last) stops.push(zoom + 0.999, start * factor ** 0.999);
    // Above the deepest zoom the cells keep growing; a heat radius grows with them, so its sum stays.
    else if (!level) stops.push(zoom + 8, start * factor ** 8);
  });
  return ['interpolate', ['exponential', factor], ['zoom'], ...stops] as ExpressionSpecification;
}

/** A radius that is constant in pixels down to the deepest zoom and then grows with the cells. */
function overzoomed(zooms: readonly ZoomClasses[], radiusPx: number): ExpressionSpecification {
  const deepest = zooms.at(-1)?.zoom ?? 0;
  return ['interpolate', ['exponential', 2], ['zoom'], deepest, radiusPx, deepest + 8, radiusPx * 2 ** 8];
}

/** Transparent at nothing, then the ramp: its last colour from 1 upward. */
export function heatStops(ramp: Ramp): [at: number, colour: string][] {
  return ramp.map((colour, index) => [Math.round((0.06 + (0.94 * index) / (ramp.length - 1)) * 1000) / 1000, colour]);
}

function heatColours(ramp: Ramp): ExpressionSpecification {
  const stops = heatStops(ramp);
  const clear = `${ramp[0]}00`;
  return ['interpolate', ['linear'], ['heatmap-density'], 0, clear, ...stops.flat()] as ExpressionSpecification;
}
