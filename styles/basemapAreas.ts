// The areas of a city as its ground: the land they cover, their borders below the data and their names above it.

import type { FilterSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { nameExpression } from './areaNames';
import type { AreaKind } from './areas';
import { type ThemeTokens, TOKENS } from './tokens';

export interface BasemapAreas {
  /** Kinds whose borders are drawn, from the coarsest. */
  kinds: readonly AreaKind[];
  /** Off where areas themselves are shown, with names of their own. */
  isNamed: boolean;
  /** Names that are written in place of those in the tiles, by the area's id. */
  names: ReadonlyMap<number, string>;
}

interface Hand {
  /** Zoom from which borders and names are drawn, and the one from which names are no longer. */
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

/** From the finest: where two would collide, the coarser stays. */
export function basemapNameLayers({ kinds, isNamed, names }: BasemapAreas, tokens: ThemeTokens): LayerSpecification[] {
  if (!isNamed) return [];
  return kinds.toReversed().map((kind) => ({
    id: `place-${kind}`,
    type: 'symbol',
    source: 'areas',
    'source-layer': 'area-labels',
    minzoom: HANDS[kind].named,
    // A kind without a finer one keeps its names.
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
