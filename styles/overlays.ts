// The layers that can be laid over density: coverage, areas, inhabitants, vendors. Pure functions of what is shown.

import type { LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { type AreaKind, areaLayers } from './areas';
import { coverageLayer } from './coverage';
import type { Theme, ThemeTokens } from './tokens';
import { type VendorState, vendorLayers } from './vendors';

/** From the lowest to the topmost. */
export const OVERLAYS = ['coverage', 'areas', 'population', 'vendors'] as const;
export type Overlay = (typeof OVERLAYS)[number];

export interface OverlayState extends VendorState {
  shown: readonly Overlay[];
  areaKinds: readonly AreaKind[];
  /** Index of the business line whose targets coverage is held against; none colours the total. */
  line: number | null;
}

export const PEOPLE_COLOURS: Record<Theme, string> = { day: '#4a4a4a', night: '#e8e4da' };

/** Where features may be picked. */
export const PICK_LAYERS: Record<Overlay, string | null> = {
  vendors: 'vendors',
  coverage: 'coverage',
  population: null,
  areas: 'areas-fill',
};

type Draw = (state: OverlayState, tokens: ThemeTokens) => LayerSpecification[];

const DRAW: Record<Overlay, Draw> = {
  coverage: ({ line }) => [coverageLayer(line)],
  areas: ({ areaKinds, theme }, tokens) => areaLayers(areaKinds, theme, tokens),
  population: ({ theme }) => [populationLayer(theme)],
  vendors: (state, tokens) => vendorLayers(state, tokens),
};

export function overlayLayers(state: OverlayState, tokens: ThemeTokens): LayerSpecification[] {
  return OVERLAYS.filter((overlay) => state.shown.includes(overlay)).flatMap((overlay) => DRAW[overlay](state, tokens));
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
