// Vendors: a point in the colour of its platform, and a circle as wide as its radius on the ground.

import type { ExpressionSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Theme, ThemeTokens } from './tokens';
import { isEveryVendor, type VendorFilter, vendorFilterExpression } from './vendorFilter';

/** What the colour of a vendor says: its platform, or that it is on both. */
export const VENDOR_SORTS = ['tapsifood', 'snappfood', 'dual'] as const;
export type VendorSort = (typeof VENDOR_SORTS)[number];

export const VENDOR_COLOURS: Record<Theme, Record<VendorSort, string>> = {
  day: { tapsifood: '#c2410c', snappfood: '#b3195b', dual: '#5b21b6' },
  night: { tapsifood: '#ffa566', snappfood: '#ff7fb0', dual: '#b79cff' },
};

/** Circles of radius are drawn from here on; further out they would hide everything. */
export const RADIUS_MINZOOM = 12;
/** Circumference of the sphere of Web Mercator in metres: 2π × 6,378,137 (EPSG:3857). */
const EQUATOR_M = 40_075_016.686;

/** From here on each vendor has a point of its own; further out one stands for several, which a filter cannot tell apart. */
export const SINGLE_MINZOOM = 10;

export interface VendorState {
  /** Latitude that the circles of radius are true at, in degrees. */
  latitude: number;
  theme: Theme;
  vendorFilter: VendorFilter;
  /** Keys of the vendors in the areas of the filter; see `vendorFilterExpression`. */
  vendorsInside: readonly string[];
}

/** Circles of delivery radii: lines alone, which hide little of what they cross. */
export function radiusLayers(state: VendorState): LayerSpecification[] {
  const { latitude, theme } = state;
  return [
    {
      id: 'vendor-radius',
      type: 'circle',
      ...sourceOf(state),
      minzoom: RADIUS_MINZOOM,
      paint: {
        'circle-radius': metresInPixels(['get', 'radius_m'], latitude),
        'circle-opacity': 0,
        'circle-stroke-color': colourOf(theme),
        'circle-stroke-width': 0.75,
        // Where many are in view, each is only a hint.
        'circle-stroke-opacity': ['interpolate', ['linear'], ['zoom'], RADIUS_MINZOOM, 0.06, 15, 0.35],
      },
    },
  ];
}

export function vendorLayers(state: VendorState, tokens: ThemeTokens): LayerSpecification[] {
  const { theme, vendorFilter } = state;
  return [
    {
      id: 'vendors',
      type: 'circle',
      ...sourceOf(state),
      ...(!isEveryVendor(vendorFilter) && { minzoom: SINGLE_MINZOOM }),
      paint: {
        'circle-color': colourOf(theme),
        'circle-stroke-color': tokens.labelHalo,
        'circle-stroke-width': 0.8,
        // A point that stands for n others has the surface of their logarithm.
        'circle-radius': ['+', 2.5, ['*', 1.5, ['log10', ['+', 1, ['coalesce', ['get', 'cluster'], 0]]]]],
      },
    },
  ];
}

interface VendorSource {
  source: string;
  'source-layer': string;
  filter?: ExpressionSpecification;
}

function sourceOf({ vendorFilter, vendorsInside }: VendorState): VendorSource {
  const filter = vendorFilterExpression(vendorFilter, vendorsInside);
  return { source: 'vendors', 'source-layer': 'vendors', ...(filter && { filter }) };
}

function colourOf(theme: Theme): ExpressionSpecification {
  const { tapsifood, snappfood, dual } = VENDOR_COLOURS[theme];
  return ['case', ['==', ['get', 'is_dual'], 1], dual, ['==', ['get', 'platform'], 'snappfood'], snappfood, tapsifood];
}

/** A length on the ground doubles on the screen with each zoom; a tile is 512 px wide. */
export function metresInPixels(metres: ExpressionSpecification, latitude: number): ExpressionSpecification {
  const atZoom0 = 512 / (EQUATOR_M * Math.cos((latitude * Math.PI) / 180));
  const at = (zoom: number): ExpressionSpecification => ['*', metres, atZoom0 * 2 ** zoom];
  return ['interpolate', ['exponential', 2], ['zoom'], 0, at(0), 22, at(22)];
}
