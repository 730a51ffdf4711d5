// The overlays: coverage, areas, population and vendors.

import type { LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { areaNameLayers } from './areaNames';
import { type AreaState, areaFillLayers, areaLineLayers } from './areas';
import { type CoverageState, coverageLayer } from './coverage';
import { type PopulationState, populationLayers } from './population';
import type { ThemeTokens } from './tokens';
import { FAR_VENDORS, radiusLayers, type VendorState, vendorLayers } from './vendors';

/** In the order of controls and legends. */
export const OVERLAYS = ['coverage', 'areas', 'population', 'vendors'] as const;
export type Overlay = (typeof OVERLAYS)[number];

export interface OverlayState extends VendorState, AreaState, PopulationState {
  shown: readonly Overlay[];
  coverage: CoverageState;
}

/** The layers in which features can be picked. */
export const PICK_LAYERS: Record<Overlay, readonly string[]> = {
  vendors: ['vendors', FAR_VENDORS],
  coverage: ['coverage'],
  population: [],
  areas: ['areas-fill'],
};

interface LayerGroup {
  of: Overlay;
  draw(state: OverlayState, tokens: ThemeTokens): LayerSpecification[];
}

/** Bottom to top: fills first, then lines, then points. */
const LAYER_GROUPS: readonly LayerGroup[] = [
  { of: 'areas', draw: areaFillLayers },
  { of: 'coverage', draw: ({ coverage, theme }) => [coverageLayer(coverage, theme)] },
  { of: 'vendors', draw: radiusLayers },
  { of: 'areas', draw: areaLineLayers },
  { of: 'population', draw: populationLayers },
  { of: 'vendors', draw: vendorLayers },
];

/** All layers except names, which are drawn on top. */
export function overlayLayers(state: OverlayState, tokens: ThemeTokens): LayerSpecification[] {
  return LAYER_GROUPS.filter(({ of }) => state.shown.includes(of)).flatMap(({ draw }) => draw(state, tokens));
}

export function overlayNameLayers(state: OverlayState, tokens: ThemeTokens): LayerSpecification[] {
  return state.shown.includes('areas') ? areaNameLayers(state, tokens) : [];
}
