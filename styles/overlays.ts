// The layers that can be laid over density: coverage, areas, inhabitants, vendors. Pure functions of what is shown.

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import { type Theme, type ThemeTokens, TOKENS } from './tokens';

/** From the lowest to the topmost. */
export const OVERLAYS = ['coverage', 'areas', 'population', 'vendors'] as const;
export type Overlay = (typeof OVERLAYS)[number];

export interface OverlayState {
  shown: readonly Overlay[];
  theme: Theme;
  /** Index of the business line whose targets coverage is held against; none colours the total. */
  line: number | null;
  /** Latitude that the circles of radius are true at, in degrees. */
  latitude: number;
}

/** Limits of covering vendors over target, and the colour from each limit on; below the first is 0. */
export const RATIO_LIMITS = [0.2, 0.4, 0.6, 0.8, 1, 1.2] as const;
const RATIO_COLOURS = ['#9e2a2b', '#c8553d', '#e08e45', '#f0c267', '#cfd57a', '#7fb069', '#2e7d5b'] as const;
const BARE = '#5c0a1e';
const TOTAL_STOPS = [
  1,
  '#dbe7ee',
  5,
  '#a9c9db',
  15,
  '#6fa3c3',
  40,
  '#3b78a5',
  100,
  '#2a5f8e',
  200,
  '#1d4c78',
  400,
  '#0f2f52',
] as const;

const VENDOR_COLOURS: Record<Theme, string> = { day: '#b3195b', night: '#ff7fb0' };
const AREA_COLOURS: Record<Theme, string> = { day: '#2b4c7e', night: '#9fc1f5' };
const PEOPLE_COLOURS: Record<Theme, string> = { day: '#4a4a4a', night: '#e8e4da' };

/** Circles of radius are drawn from here on; further out they would hide everything. */
export const RADIUS_MINZOOM = 12;
/** Circumference of the sphere of Web Mercator in metres: 2π × 6,378,137 (EPSG:3857). */
const EQUATOR_M = 40_075_016.686;

/** Where features may be picked: the topmost overlay first. Areas come last, since they hold everything else. */
export const PICK_LAYERS: Record<Overlay, string | null> = {
  vendors: 'vendors',
  coverage: 'coverage',
  population: null,
  areas: 'areas-fill',
};

type Draw = (state: OverlayState, tokens: ThemeTokens) => LayerSpecification[];

const DRAW: Record<Overlay, Draw> = {
  coverage: ({ line }) => [coverageLayer(line)],
  areas: ({ theme }, tokens) => areaLayers(theme, tokens),
  population: ({ theme }) => [populationLayer(theme)],
  vendors: vendorLayers,
};

export function overlayLayers(state: OverlayState, tokens: ThemeTokens): LayerSpecification[] {
  return OVERLAYS.filter((overlay) => state.shown.includes(overlay)).flatMap((overlay) => DRAW[overlay](state, tokens));
}

function coverageLayer(line: number | null): LayerSpecification {
  return {
    id: 'coverage',
    type: 'fill',
    source: 'coverage',
    'source-layer': 'coverage',
    paint: {
      'fill-color': line === null ? totalColour() : ratioColour(line),
      'fill-antialias': false,
      'fill-opacity': 0.9,
    },
  };
}

/** Without a target the colour is that of the total: F31's rule. */
function ratioColour(line: number): ExpressionSpecification {
  const ratio = ['get', `r${line}`];
  const steps = RATIO_LIMITS.flatMap((limit, i) => [limit, RATIO_COLOURS[i + 1]]);
  return [
    'case',
    ['!', ['has', `r${line}`]],
    totalColour(),
    ['<=', ratio, 0],
    BARE,
    ['step', ratio, RATIO_COLOURS[0], ...steps],
  ] as unknown as ExpressionSpecification;
}

function totalColour(): ExpressionSpecification {
  return ['step', ['get', 'total'], BARE, ...TOTAL_STOPS] as unknown as ExpressionSpecification;
}

function areaLayers(theme: Theme, tokens: ThemeTokens): LayerSpecification[] {
  const colour = AREA_COLOURS[theme];
  const source = { source: 'areas', 'source-layer': 'areas' };
  const isMarketing: FilterSpecification = ['==', ['get', 'kind'], 'marketing'];
  return [
    {
      id: 'areas-fill',
      type: 'fill',
      ...source,
      filter: isMarketing,
      paint: { 'fill-color': colour, 'fill-opacity': 0.06 },
    },
    {
      id: 'areas-line',
      type: 'line',
      ...source,
      filter: isMarketing,
      paint: { 'line-color': colour, 'line-width': 1.2 },
    },
    {
      id: 'area-names',
      type: 'symbol',
      source: 'areas',
      'source-layer': 'area-labels',
      minzoom: 11,
      filter: isMarketing,
      layout: { 'text-field': ['get', 'name'], 'text-font': [TOKENS.font], 'text-size': 12, 'text-max-width': 8 },
      paint: { 'text-color': tokens.label, 'text-halo-color': tokens.labelHalo, 'text-halo-width': 1.5 },
    },
  ];
}

function populationLayer(theme: Theme): LayerSpecification {
  return {
    id: 'population',
    type: 'circle',
    source: 'population',
    'source-layer': 'population',
    paint: { 'circle-color': PEOPLE_COLOURS[theme], 'circle-radius': 1.1, 'circle-opacity': 0.75 },
  };
}

function vendorLayers({ theme, latitude }: OverlayState, tokens: ThemeTokens): LayerSpecification[] {
  const colour = VENDOR_COLOURS[theme];
  const source = { source: 'vendors', 'source-layer': 'vendors' };
  return [
    {
      id: 'vendor-radius',
      type: 'circle',
      ...source,
      minzoom: RADIUS_MINZOOM,
      paint: {
        'circle-radius': metresInPixels(['get', 'radius_m'], latitude),
        'circle-opacity': 0,
        'circle-stroke-color': colour,
        'circle-stroke-width': 0.75,
        // Where many are in view, each is only a hint.
        'circle-stroke-opacity': ['interpolate', ['linear'], ['zoom'], RADIUS_MINZOOM, 0.06, 15, 0.35],
      },
    },
    {
      id: 'vendors',
      type: 'circle',
      ...source,
      paint: {
        'circle-color': colour,
        'circle-stroke-color': tokens.labelHalo,
        'circle-stroke-width': 0.8,
        // A point that stands for n others has the surface of their logarithm.
        'circle-radius': ['+', 2.5, ['*', 1.5, ['log10', ['+', 1, ['coalesce', ['get', 'cluster'], 0]]]]],
      },
    },
  ];
}

/** A length on the ground doubles on the screen with each zoom; a tile is 512 px wide. */
export function metresInPixels(metres: ExpressionSpecification, latitude: number): ExpressionSpecification {
  const atZoom0 = 512 / (EQUATOR_M * Math.cos((latitude * Math.PI) / 180));
  const at = (zoom: number): ExpressionSpecification => ['*', metres, atZoom0 * 2 ** zoom];
  return ['interpolate', ['exponential', 2], ['zoom'], 0, at(0), 22, at(22)];
}
