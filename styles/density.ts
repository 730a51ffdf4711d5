// The density layers: cells or heat, from sources, state and tokens.

import type {
  ExpressionSpecification,
  FillLayerSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import { classColour, isInClass, type ZoomClasses } from './classes';
import { type GrowthState, growthColour, IS_COMPARED } from './growth';
import { type HeatState, heatPaint } from './heat';
import { isLineWithheldExpression, type Measure, measureExpression } from './measure';
import { CELL_PX, type Ramp, type ThemeTokens, TOKENS } from './tokens';
import { byZoom } from './zoomSteps';

export const SOURCE_LAYER = 'density';

export type View = 'cells' | 'heat';

/** The names of the sources: the served tiles (points), and the same cells as squares. */
export interface DensitySource {
  points: string;
  /** `null` where only points are available; cells are then drawn as circles. */
  squares: string | null;
  /** The counts withheld by the privacy floor; `null` where there are none. */
  withheld: string | null;
}

export interface DensityState extends HeatState {
  view: View;
  basemap: 'plain' | 'custom';
  /** Below another fill, cells are outlines in the colours of their classes. */
  isOutlined: boolean;
  /** The classes that cells are limited to, counted from the lowest. An empty list means all. */
  shownClasses: readonly number[];
  /** The number of lines of which a cell may withhold some; 0 without a privacy floor. */
  lineCount: number;
  /** Colours cells by their change; absent or `null` by their count. */
  growth?: GrowthState | null;
}

export function densityLayers(source: DensitySource, state: DensityState, tokens: ThemeTokens): LayerSpecification[] {
  if (state.classes.length === 0) return [];
  const ramp = tokens.ramps[state.measure.kind];
  if (state.isOutlined) return source.squares === null ? [] : [outlineLayer(source.squares, state, tokens)];
  if (state.view === 'heat') return [heatLayer(source.points, state, ramp)];
  const withheld = isWithheldDrawn(state.view, state.measure) ? source.withheld : null;
  return [
    ...(withheld === null ? [] : [withheldLayer(withheld, state, ramp)]),
    source.squares === null ? discLayer(source.points, state, ramp) : squareLayer(source.squares, state, tokens),
    ...(source.squares !== null && drawsWithheldLines(state) ? [untoldLayer(source.squares, state, tokens)] : []),
  ];
}

/** Cells are neutral where they do not show the chosen lines and may have orders of them. */
export function drawsWithheldLines({
  view,
  measure,
  lineCount,
}: Pick<DensityState, 'view' | 'measure' | 'lineCount'>): boolean {
  return view === 'cells' && lineCount > 0 && measure.lines.length > 0;
}

/** The cells that withhold the chosen lines, in the colour of no class. */
function untoldLayer(source: string, state: DensityState, { border }: ThemeTokens): LayerSpecification {
  const layer = fillLayer('density-untold', source, state, ['literal', border], TOKENS.cellOpacity[state.basemap]);
  return { ...layer, filter: isLineWithheldExpression(state.measure, state.lineCount) };
}

/** Remainders have only orders, and a heat kernel as wide as a parent cell would not form a surface. */
export function isWithheldDrawn(view: View, { kind }: Measure): boolean {
  return view === 'cells' && kind === 'orders';
}

/** Paler than cells, with the classes of the zoom of the parent cell. */
function withheldLayer(source: string, state: DensityState, ramp: Ramp): LayerSpecification {
  const colour = classExpression(state, ramp, ['number', ['get', 'zoom']]);
  const filter = isShownCell(state, ['number', ['get', 'zoom']]);
  return { ...fillLayer('density-withheld', source, state, colour, TOKENS.withheldOpacity[state.basemap]), filter };
}

function squareLayer(source: string, state: DensityState, tokens: ThemeTokens): LayerSpecification {
  return fillLayer('density-cells', source, state, cellColour(state, tokens), TOKENS.cellOpacity[state.basemap]);
}

function cellColour(state: DensityState, tokens: ThemeTokens): ExpressionSpecification {
  return state.growth ? growthColour(state.growth, tokens) : classExpression(state, tokens.ramps[state.measure.kind]);
}

/** Inside the square, so that the outlines of neighbours do not cover each other. */
function outlineLayer(source: string, state: DensityState, tokens: ThemeTokens): LayerSpecification {
  return {
    id: 'density-cells',
    type: 'line',
    source,
    'source-layer': SOURCE_LAYER,
    filter: isShownCell(state),
    paint: {
      'line-color': cellColour(state, tokens),
      'line-width': TOKENS.outlinePx,
      'line-offset': TOKENS.outlinePx / 2,
    },
  };
}

function fillLayer(
  id: string,
  source: string,
  state: DensityState,
  colour: ExpressionSpecification,
  opacity: number,
): FillLayerSpecification {
  return {
    id,
    type: 'fill',
    source,
    'source-layer': SOURCE_LAYER,
    filter: isShownCell(state),
    paint: {
      'fill-color': colour,
      // Neighbouring squares share an edge; antialiasing would draw a hairline between them.
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
    filter: isShownCell(state),
    paint: {
      'circle-color': classExpression(state, ramp),
      'circle-radius': withinZoom(state.classes, CELL_PX / 2),
      'circle-opacity': TOKENS.cellOpacity[state.basemap],
    },
  };
}

function heatLayer(source: string, state: DensityState, ramp: Ramp): LayerSpecification {
  return {
    id: 'density-heat',
    type: 'heatmap',
    source,
    'source-layer': SOURCE_LAYER,
    filter: isPositive(state.measure),
    paint: heatPaint(state, ramp),
  };
}

function isPositive(measure: Measure): ExpressionSpecification {
  return ['>', measureExpression(measure), 0];
}

/** Whether a cell is of one of the shown classes of its zoom. */
function isShownCell(state: DensityState, zoom: ExpressionSpecification = ['zoom']): ExpressionSpecification {
  if (state.growth) return IS_COMPARED;
  const isCounted = isPositive(state.measure);
  if (state.shownClasses.length === 0) return isCounted;
  const value = measureExpression(state.measure);
  const isOfShown = ({ limits }: ZoomClasses): ExpressionSpecification => isInClass(value, limits, state.shownClasses);
  return ['all', isCounted, byZoom(state.classes, isOfShown, zoom)] as ExpressionSpecification;
}

/** The class colour of a cell. The outer step selects the classes of the zoom of the tile or of the cell. */
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

/** A length that doubles within each zoom, then starts again. */
function withinZoom(zooms: readonly ZoomClasses[], start: number): ExpressionSpecification {
  const stops = zooms.flatMap(({ zoom }, index) => {
    const isDeepest = index === zooms.length - 1;
    // Above the highest zoom the cells keep growing.
    return isDeepest ? [zoom, start, zoom + 8, start * 2 ** 8] : [zoom, start, zoom + 0.999, start * 2 ** 0.999];
  });
  return ['interpolate', ['exponential', 2], ['zoom'], ...stops] as ExpressionSpecification;
}
