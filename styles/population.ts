// The population as dots, thinned by rank.

import type { ExpressionSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { AreaPaint } from './areas';
import type { Theme, ThemeTokens } from './tokens';

export const PEOPLE_COLOURS: Record<Theme, string> = { day: '#3f4348', night: '#e8e4da' };

/** One of this many dots is drawn. */
export const DOT_STEPS = [1, 2, 4, 8] as const;
export type DotStep = (typeof DOT_STEPS)[number];

export interface PopulationState {
  theme: Theme;
  dotStep: DotStep;
  /** The shown overlays and the fill of areas: on class colours dots need a halo. */
  shown: readonly string[];
  paint: AreaPaint;
}

/** Tiles of zoom z have the dots with ranks below 65536 / 2^(14 − z): half as many at each lower zoom. */
const RANKS = 65_536;
const ZOOMS = { min: 8, max: 14 } as const;

/** Thin, because halos of dense dots cover their neighbours. */
const HALO_PX = 0.6;

export function populationLayers(state: PopulationState, tokens: ThemeTokens): LayerSpecification[] {
  const { theme, dotStep } = state;
  return [
    {
      id: 'population',
      type: 'circle',
      source: 'population',
      'source-layer': 'population',
      ...(dotStep > 1 && { filter: thinned(dotStep) }),
      paint: {
        'circle-color': PEOPLE_COLOURS[theme],
        'circle-radius': 1.1,
        'circle-opacity': 0.75,
        ...(isOnClasses(state) && {
          'circle-opacity': 1,
          'circle-stroke-color': tokens.labelHalo,
          'circle-stroke-width': HALO_PX,
        }),
      },
    },
  ];
}

function isOnClasses({ shown, paint }: PopulationState): boolean {
  return shown.includes('coverage') || (shown.includes('areas') && paint.how === 'classes');
}

/** Ranks are uniformly distributed, so a share of the ranks is the same share of the dots of every area. */
function thinned(dotStep: DotStep): ExpressionSpecification {
  const below = (zoom: number): number => RANKS / 2 ** (ZOOMS.max - zoom) / dotStep;
  const deeper = Array.from({ length: ZOOMS.max - ZOOMS.min }, (_, i) => ZOOMS.min + 1 + i);
  const limit = ['step', ['zoom'], below(ZOOMS.min), ...deeper.flatMap((zoom) => [zoom, below(zoom)])];
  return ['<', ['get', 'rank'], limit as unknown as ExpressionSpecification];
}
