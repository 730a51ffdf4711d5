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

export function areaLayers(kinds: readonly AreaKind[], theme: Theme, tokens: ThemeTokens): LayerSpecification[] {
  const shown = AREA_KINDS.filter((kind) => kinds.includes(kind));
  const colour = AREA_COLOURS[theme];
  const filterOf = (kind: AreaKind): FilterSpecification => ['==', ['get', 'kind'], kind];
  const [finest] = shown;
  if (!finest) return [];
  const source = { source: 'areas', 'source-layer': 'areas' };
  return [
    {
      id: 'areas-fill',
      type: 'fill',
      ...source,
      filter: ['in', ['get', 'kind'], ['literal', shown]],
      // The finest kind is tinted; the others are there to be picked.
      paint: { 'fill-color': colour, 'fill-opacity': ['match', ['get', 'kind'], finest, 0.06, 0] },
    },
    ...shown.map(
      (kind): LayerSpecification => ({
        id: `areas-line-${kind}`,
        type: 'line',
        ...source,
        filter: filterOf(kind),
        paint: { 'line-color': colour, 'line-width': HANDS[kind].line },
      }),
    ),
    ...shown.map(
      (kind): LayerSpecification => ({
        id: `area-names-${kind}`,
        type: 'symbol',
        source: 'areas',
        'source-layer': 'area-labels',
        minzoom: HANDS[kind].named,
        filter: filterOf(kind),
        layout: {
          'text-field': ['get', 'name'],
          'text-font': [TOKENS.font],
          'text-size': HANDS[kind].text,
          'text-max-width': 8,
        },
        paint: { 'text-color': tokens.label, 'text-halo-color': tokens.labelHalo, 'text-halo-width': 1.5 },
      }),
    ),
  ];
}
