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

interface KindStyle {
  /** The zoom from which borders are drawn. */
  minzoom: number;
  nameMinzoom: number;
  nameMaxzoom: number;
  textSize: number;
}

const KIND_STYLES: Record<AreaKind, KindStyle> = {
  region: { minzoom: 8, nameMinzoom: 10, nameMaxzoom: 12.5, textSize: 12 },
  marketing: { minzoom: 9, nameMinzoom: 11.5, nameMaxzoom: 24, textSize: 11 },
  neighbourhood: { minzoom: 12, nameMinzoom: 12.5, nameMaxzoom: 24, textSize: 11 },
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
        minzoom: KIND_STYLES[kind].minzoom,
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
    minzoom: KIND_STYLES[kind].nameMinzoom,
    // The finest kind keeps its names.
    ...(kind !== kinds.at(-1) && { maxzoom: KIND_STYLES[kind].nameMaxzoom }),
    filter: isOf(kind),
    layout: {
      'text-field': nameExpression(names),
      'text-font': [TOKENS.font],
      'text-size': KIND_STYLES[kind].textSize,
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
