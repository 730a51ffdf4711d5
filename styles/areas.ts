// Areas: outlines and names of the kinds that are shown, the coarsest kind in the boldest hand.

import type { FilterSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { type Theme, type ThemeTokens, TOKENS } from './tokens';

/** From the finest to the coarsest. */
export const AREA_KINDS = ['neighbourhood', 'marketing', 'region'] as const;
export type AreaKind = (typeof AREA_KINDS)[number];

export const AREA_COLOURS: Record<Theme, string> = { day: '#2b4c7e', night: '#9fc1f5' };

interface Hand {
  line: number;
  text: number;
  /** Zoom from which names fit. */
  named: number;
}

const HANDS: Record<AreaKind, Hand> = {
  neighbourhood: { line: 0.6, text: 11, named: 12.5 },
  marketing: { line: 1.2, text: 12, named: 11 },
  region: { line: 2.4, text: 14, named: 9.5 },
};

const SOURCE = { source: 'areas', 'source-layer': 'areas' } as const;

export interface AreaState {
  areaKinds: readonly AreaKind[];
  theme: Theme;
}

/** The finest kind is tinted; the others are there to be picked. */
export function areaFillLayers({ areaKinds, theme }: AreaState): LayerSpecification[] {
  const shown = shownOf(areaKinds);
  const [finest] = shown;
  if (!finest) return [];
  return [
    {
      id: 'areas-fill',
      type: 'fill',
      ...SOURCE,
      filter: ['in', ['get', 'kind'], ['literal', shown]],
      paint: { 'fill-color': AREA_COLOURS[theme], 'fill-opacity': ['match', ['get', 'kind'], finest, 0.06, 0] },
    },
  ];
}

export function areaLineLayers({ areaKinds, theme }: AreaState): LayerSpecification[] {
  return shownOf(areaKinds).map((kind) => ({
    id: `areas-line-${kind}`,
    type: 'line',
    ...SOURCE,
    filter: isOf(kind),
    paint: { 'line-color': AREA_COLOURS[theme], 'line-width': HANDS[kind].line },
  }));
}

export function areaNameLayers({ areaKinds }: AreaState, tokens: ThemeTokens): LayerSpecification[] {
  return shownOf(areaKinds).map((kind) => ({
    id: `area-names-${kind}`,
    type: 'symbol',
    source: 'areas',
    'source-layer': 'area-labels',
    minzoom: HANDS[kind].named,
    filter: isOf(kind),
    layout: {
      'text-field': ['get', 'name'],
      'text-font': [TOKENS.font],
      'text-size': HANDS[kind].text,
      'text-max-width': 8,
    },
    paint: { 'text-color': tokens.label, 'text-halo-color': tokens.labelHalo, 'text-halo-width': 1.5 },
  }));
}

function shownOf(kinds: readonly AreaKind[]): AreaKind[] {
  return AREA_KINDS.filter((kind) => kinds.includes(kind));
}

function isOf(kind: AreaKind): FilterSpecification {
  return ['==', ['get', 'kind'], kind];
}
