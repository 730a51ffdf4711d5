// The areas of a city as part of the base map: land and borders below the data, names above it.

import type { FilterSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { nameExpression } from './areaNames';
import type { AreaKind } from './areas';
import { type ThemeTokens, TOKENS } from './tokens';

export interface BasemapAreas {
  /** The kinds whose borders are drawn, coarsest first. */
  kinds: readonly AreaKind[];
  /** False while the areas overlay is shown, which has its own names. */
  isNamed: boolean;
  /** Names that replace those in the tiles, by area id. */
  names: ReadonlyMap<number, string>;
}

interface Hand {
  /** The zoom from which borders are drawn, and the zoom range of names. */
  from: number;
  named: number;
  until: number;
  text: number;
}

const HANDS: Record<AreaKind, Hand> = {
  region: { from: 8, named: 10, until: 12.5, text: 12 },
  marketing: { from: 9, named: 11.5, until: 24, text: 11 },
  neighbourhood: { from: 12, named: 12.5, until: 24, text: 11 },
};

export function basemapAreaLayers({ kinds }: BasemapAreas, tokens: ThemeTokens): LayerSpecification[] {
  const source = { source: 'areas', 'source-layer': 'areas' } as const;
  const [coarsest] = kinds;
  if (!coarsest) return [];
  return [
    {
      id: 'land',
      type: 'fill',
      ...source,
      filter: isOf(coarsest),
      paint: { 'fill-color': tokens.land, 'fill-antialias': false },
    },
    ...kinds.map(
      (kind): LayerSpecification => ({
        id: `border-${kind}`,
        type: 'line',
        ...source,
        minzoom: HANDS[kind].from,
        filter: isOf(kind),
        paint: { 'line-color': tokens.border, 'line-width': kind === coarsest ? 1.2 : 0.6 },
      }),
    ),
  ];
}

/** Finest kind first: where two names collide, MapLibre keeps the coarser one. */
export function basemapNameLayers({ kinds, isNamed, names }: BasemapAreas, tokens: ThemeTokens): LayerSpecification[] {
  if (!isNamed) return [];
  return kinds.toReversed().map((kind) => ({
    id: `place-${kind}`,
    type: 'symbol',
    source: 'areas',
    'source-layer': 'area-labels',
    minzoom: HANDS[kind].named,
    // The finest kind keeps its names.
    ...(kind !== kinds.at(-1) && { maxzoom: HANDS[kind].until }),
    filter: isOf(kind),
    layout: {
      'text-field': nameExpression(names),
      'text-font': [TOKENS.font],
      'text-size': HANDS[kind].text,
      'text-max-width': 7,
      'text-padding': 14,
    },
    paint: {
      'text-color': tokens.place,
      'text-halo-color': tokens.labelHalo,
      'text-halo-width': 1.25,
    },
  }));
}

function isOf(kind: AreaKind): FilterSpecification {
  return ['==', ['get', 'kind'], kind];
}
