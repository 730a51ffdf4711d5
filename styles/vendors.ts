// Vendors: a point in the colour of its platform, and the circle of its delivery radius.

import type {
  CircleLayerSpecification,
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import type { Theme, ThemeTokens } from './tokens';
import { isEveryVendor, type VendorFilter, vendorFilterExpression } from './vendorFilter';

/** The categories of vendors by colour: one platform, or both. */
export const VENDOR_CATEGORIES = ['tapsifood', 'snappfood', 'dual'] as const;
export type VendorCategory = (typeof VENDOR_CATEGORIES)[number];

export const VENDOR_COLOURS: Record<Theme, Record<VendorCategory, string>> = {
  day: { tapsifood: '#c2410c', snappfood: '#0a74b8', dual: '#2b0a4d' },
  night: { tapsifood: '#ffa566', snappfood: '#5cb8ff', dual: '#f4f0ff' },
};

/** Circles are drawn from this zoom on. At lower zooms many circles would hide everything. */
const MANY_RADII_MINZOOM = 12;
/** The circles of up to this many vendors are distinguishable at lower zooms. */
const FEW_VENDORS = 200;
const FEW_RADII_MINZOOM = 9;

export function radiiMinzoom(shownVendors: number): number {
  return shownVendors <= FEW_VENDORS ? FEW_RADII_MINZOOM : MANY_RADII_MINZOOM;
}

/** From this zoom on each vendor has its own point. At lower zooms a point is a cluster, which cannot be filtered. */
export const SINGLE_MINZOOM = 10;
/** The source and layer of unclustered, filtered vendors at lower zooms. */
export const FAR_VENDORS = 'vendors-far';

export interface VendorState {
  theme: Theme;
  vendorFilter: VendorFilter;
  /** The keys of the vendors in the areas of the filter; see `vendorFilterExpression`. */
  vendorsInside: readonly string[];
  /** Whether the source `FAR_VENDORS` exists. */
  hasFarVendors: boolean;
  /** The number of vendors that the filter shows. */
  shownVendors: number;
  showsRadii: boolean;
  /** The size of points, as a factor. */
  markerSize: number;
}

/** The circles of delivery radii, as lines, which hide little and draw fast. */
export function radiusLayers({ theme, showsRadii, shownVendors }: VendorState): LayerSpecification[] {
  if (!showsRadii) return [];
  const minzoom = radiiMinzoom(shownVendors);
  const colours = VENDOR_CATEGORIES.flatMap((category, i) => [i, VENDOR_COLOURS[theme][category]]).slice(1);
  return [
    {
      id: 'vendor-radius',
      type: 'line',
      source: 'radii',
      'source-layer': 'radii',
      minzoom,
      paint: {
        'line-color': ['step', ['get', 'category'], ...colours] as unknown as ExpressionSpecification,
        'line-width': 0.75,
        // Faint where many circles are in view.
        'line-opacity':
          minzoom === FEW_RADII_MINZOOM ? 0.8 : ['interpolate', ['linear'], ['zoom'], minzoom, 0.07, 15, 0.45],
      },
    },
  ];
}

export function vendorLayers(state: VendorState, tokens: ThemeTokens): LayerSpecification[] {
  const paint = pointPaint(state, tokens);
  const published: CircleLayerSpecification = { id: 'vendors', type: 'circle', ...sourceOf(state), paint };
  if (isEveryVendor(state.vendorFilter)) return [published, dotOf(published, state)];
  const near = { ...published, minzoom: SINGLE_MINZOOM };
  if (!state.hasFarVendors) return [near, dotOf(near, state)];
  const source = { source: FAR_VENDORS, 'source-layer': 'vendors', maxzoom: SINGLE_MINZOOM };
  const far: CircleLayerSpecification = { id: FAR_VENDORS, type: 'circle', ...source, paint };
  return [far, dotOf(far, state), near, dotOf(near, state)];
}

/** The dot in the middle of a vendor that is on both platforms. */
function dotOf(points: CircleLayerSpecification, { theme, markerSize }: VendorState): CircleLayerSpecification {
  const isDual: ExpressionSpecification = ['==', ['get', 'is_dual'], 1];
  const filter = points.filter ? ['all', points.filter, isDual] : isDual;
  return {
    ...points,
    id: `${points.id}-dot`,
    filter: filter as FilterSpecification,
    paint: { 'circle-color': VENDOR_COLOURS[theme].dual, 'circle-radius': markerSize * DOT_PX },
  };
}

const DOT_PX = 1.3;
/** The width of a ring. */
const RING_PX = 1.6;

/**
 * Platforms differ in shape too: a disc for Tapsifood, a ring for Snappfood, a ring with a dot for both. Circles draw ten
 * thousands of points without the placement that icons need.
 */
function pointPaint({ theme, markerSize }: VendorState, tokens: ThemeTokens): CircleLayerSpecification['paint'] {
  const isDisc: ExpressionSpecification = [
    'all',
    ['!=', ['get', 'is_dual'], 1],
    ['!=', ['get', 'platform'], 'snappfood'],
  ];
  return {
    'circle-color': ['case', isDisc, VENDOR_COLOURS[theme].tapsifood, tokens.labelHalo],
    'circle-stroke-color': ['case', isDisc, tokens.labelHalo, colourOf(theme)],
    'circle-stroke-width': ['case', isDisc, 0.8, RING_PX],
    // The radius of a cluster grows with the logarithm of its size.
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
