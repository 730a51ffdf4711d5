// Vendors: a point in the colour of its platform, and a line around what it delivers to.

import type {
  CircleLayerSpecification,
  ExpressionSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import type { Theme, ThemeTokens } from './tokens';
import { isEveryVendor, type VendorFilter, vendorFilterExpression } from './vendorFilter';

/** What the colour of a vendor says: its platform, or that it is on both. */
export const VENDOR_SORTS = ['tapsifood', 'snappfood', 'dual'] as const;
export type VendorSort = (typeof VENDOR_SORTS)[number];

export const VENDOR_COLOURS: Record<Theme, Record<VendorSort, string>> = {
  day: { tapsifood: '#c2410c', snappfood: '#b3195b', dual: '#5b21b6' },
  night: { tapsifood: '#ffa566', snappfood: '#ff7fb0', dual: '#b79cff' },
};

/** Circles of radius are drawn from here on; further out many of them would hide everything. */
const MANY_RADII_MINZOOM = 12;
/** So few vendors have circles that can be told apart when more of the ground is in view. */
const FEW_VENDORS = 200;
const FEW_RADII_MINZOOM = 9;

export function radiiMinzoom(shownVendors: number): number {
  return shownVendors <= FEW_VENDORS ? FEW_RADII_MINZOOM : MANY_RADII_MINZOOM;
}

/** From here on each vendor has a point of its own; further out one stands for several, which a filter cannot tell apart. */
export const SINGLE_MINZOOM = 10;
/** Source and layer of the vendors that a filter shows, each by itself, further out than that. */
export const FAR_VENDORS = 'vendors-far';

export interface VendorState {
  theme: Theme;
  vendorFilter: VendorFilter;
  /** Keys of the vendors in the areas of the filter; see `vendorFilterExpression`. */
  vendorsInside: readonly string[];
  /** Whether there is a source of the vendors that the filter shows, each by itself, for every zoom. */
  hasFarVendors: boolean;
  /** How many vendors the filter shows. */
  shownVendors: number;
  showsRadii: boolean;
  /** Size of points, as a factor. */
  markerSize: number;
}

/** Circles of delivery radii: lines alone, which hide little of what they cross and are drawn fast. */
export function radiusLayers({ theme, showsRadii, shownVendors }: VendorState): LayerSpecification[] {
  if (!showsRadii) return [];
  const minzoom = radiiMinzoom(shownVendors);
  const colours = VENDOR_SORTS.flatMap((sort, i) => [i, VENDOR_COLOURS[theme][sort]]).slice(1);
  return [
    {
      id: 'vendor-radius',
      type: 'line',
      source: 'radii',
      'source-layer': 'radii',
      minzoom,
      paint: {
        'line-color': ['step', ['get', 'sort'], ...colours] as unknown as ExpressionSpecification,
        'line-width': 0.75,
        // Where many are in view, each is only a hint.
        'line-opacity':
          minzoom === FEW_RADII_MINZOOM ? 0.8 : ['interpolate', ['linear'], ['zoom'], minzoom, 0.07, 15, 0.45],
      },
    },
  ];
}

export function vendorLayers(state: VendorState, tokens: ThemeTokens): LayerSpecification[] {
  const paint = pointPaint(state, tokens);
  const published: LayerSpecification = { id: 'vendors', type: 'circle', ...sourceOf(state), paint };
  if (isEveryVendor(state.vendorFilter)) return [published];
  const near = { ...published, minzoom: SINGLE_MINZOOM };
  if (!state.hasFarVendors) return [near];
  const far = { source: FAR_VENDORS, 'source-layer': 'vendors', maxzoom: SINGLE_MINZOOM };
  return [{ id: FAR_VENDORS, type: 'circle', ...far, paint }, near];
}

function pointPaint({ theme, markerSize }: VendorState, tokens: ThemeTokens): CircleLayerSpecification['paint'] {
  return {
    'circle-color': colourOf(theme),
    'circle-stroke-color': tokens.labelHalo,
    'circle-stroke-width': 0.8,
    // A point that stands for n others has the surface of their logarithm.
    'circle-radius': [
      '*',
      markerSize,
      ['+', 2.5, ['*', 1.5, ['log10', ['+', 1, ['coalesce', ['get', 'cluster'], 0]]]]],
    ],
  };
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
