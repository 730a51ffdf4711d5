// Areas: fills and outlines of the shown kinds. The coarsest kind has the boldest outline.

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import type { AreaClasses } from './areaClasses';
import type { Kind } from './measure';
import type { Theme, ThemeTokens } from './tokens';

/** Finest first. */
export const AREA_KINDS = ['neighbourhood', 'marketing', 'region'] as const;
export type AreaKind = (typeof AREA_KINDS)[number];

export const AREA_COLOURS: Record<Theme, string> = { day: '#2b4c7e', night: '#9fc1f5' };

/** The colours of a plain fill. */
export const AREA_TINTS = ['blue', 'green', 'amber', 'rose', 'grey'] as const;
export type AreaTint = (typeof AREA_TINTS)[number];

export const TINT_COLOURS: Record<Theme, Record<AreaTint, string>> = {
  day: { blue: '#2b6cb0', green: '#2f855a', amber: '#b7791f', rose: '#b83280', grey: '#4a5568' },
  night: { blue: '#7fb2f0', green: '#6fcf97', amber: '#f2c14e', rose: '#f08ac0', grey: '#a7b3c2' },
};

/** The density ramp that colours each kind of statistic. */
export const AREA_RAMPS = {
  people: 'organic',
  vendors: 'nonorganic',
  targets: 'orders',
  orders: 'orders',
  users: 'users',
} as const satisfies Record<string, Kind>;

/** The colour of areas whose value is zero. */
export const ZERO_COLOURS: Record<Theme, string> = { day: '#dfe3e8', night: '#2a313b' };

/** The fill of areas: none, one colour, or the classes of one kind. */
export type AreaPaint =
  | { how: 'none' }
  | { how: 'tint'; tint: AreaTint }
  /** Without a fill, the outlines have the colours of the classes. */
  | { how: 'classes'; kind: AreaKind; classes: AreaClasses; isOutlined: boolean };

/** How a kind is drawn; the coarsest is the boldest. */
interface KindStyle {
  lineWidth: number;
  textSize: number;
  /** The zoom from which names fit. */
  nameMinzoom: number;
}

export const KIND_STYLES: Record<AreaKind, KindStyle> = {
  neighbourhood: { lineWidth: 0.6, textSize: 11, nameMinzoom: 12.5 },
  marketing: { lineWidth: 1.2, textSize: 12, nameMinzoom: 11 },
  region: { lineWidth: 2.4, textSize: 14, nameMinzoom: 9.5 },
};

const SOURCE = { source: 'areas', 'source-layer': 'areas' } as const;

/** Faint, so that the colours below still match their legend. */
const TINT_OPACITY = 0.1;
/** Areas outside the chosen ones are drawn faintly. */
const UNCHOSEN_OPACITY = 0.25;

export interface AreaState {
  areaKinds: readonly AreaKind[];
  theme: Theme;
  paint: AreaPaint;
  /** The ids of the chosen areas by kind. A kind without an entry is not limited. */
  chosen: ReadonlyMap<AreaKind, readonly number[]>;
  /** Names that replace those in the tiles, by area id. */
  names: ReadonlyMap<number, string>;
  /** The text below the name of an area, by id. */
  figures: ReadonlyMap<number, string>;
}

/** The layer contains every shown kind, so that all can be picked; only one kind is filled. */
export function areaFillLayers(state: AreaState): LayerSpecification[] {
  const shown = shownOf(state.areaKinds);
  if (shown.length === 0) return [];
  return [
    {
      id: 'areas-fill',
      type: 'fill',
      ...SOURCE,
      filter: ['in', ['get', 'kind'], ['literal', shown]],
      paint: { 'fill-color': fillColour(state), 'fill-opacity': fillOpacity(state, shown) },
    },
  ];
}

function fillColour({ paint, theme }: AreaState): ExpressionSpecification | string {
  switch (paint.how) {
    case 'none':
      return NO_COLOUR;
    case 'tint':
      return TINT_COLOURS[theme][paint.tint];
    case 'classes':
      return classColours(paint.classes);
  }
}

const NO_COLOUR = '#00000000';

function classColours({ classes }: AreaClasses): ExpressionSpecification | string {
  const filled = classes.filter(({ ids }) => ids.length > 0);
  if (filled.length === 0) return NO_COLOUR;
  const branches = filled.flatMap(({ ids, colour }) => [[...ids], colour]);
  return ['match', ['get', 'id'], ...branches, NO_COLOUR] as unknown as ExpressionSpecification;
}

/** A plain fill covers the finest kind. Outside the chosen areas, classes are faint and a plain fill is absent. */
function fillOpacity({ paint, chosen }: AreaState, [finest]: readonly AreaKind[]): ExpressionSpecification | number {
  const kind = paint.how === 'classes' ? paint.kind : finest;
  if (paint.how === 'none' || !kind || (paint.how === 'classes' && paint.isOutlined)) return 0;
  const [opacity, unchosen] = paint.how === 'classes' ? [1, UNCHOSEN_OPACITY] : [TINT_OPACITY, 0];
  const ofKind: ExpressionSpecification = ['==', ['get', 'kind'], kind];
  return ['case', ['all', ofKind, isWanted(chosen.get(kind))], opacity, ofKind, unchosen, 0];
}

export function areaLineLayers(state: AreaState, tokens: ThemeTokens): LayerSpecification[] {
  const { areaKinds, chosen } = state;
  return shownOf(areaKinds).map((kind) => ({
    id: `areas-line-${kind}`,
    type: 'line',
    ...SOURCE,
    filter: isOf(kind),
    layout: { 'line-join': 'round' },
    paint: {
      'line-color': lineColour(state, kind, tokens),
      'line-width': byChoice(chosen.get(kind), lineWidth(state, kind), {
        chosen: CHOSEN_WIDTH_FACTOR,
        unchosen: 1,
      }),
      'line-opacity': byChoice(chosen.get(kind), 1, { chosen: 1, unchosen: UNCHOSEN_OPACITY }),
    },
  }));
}

/** Wide enough to compare the colours of two neighbouring areas, which are drawn on either side of their border. */
const CLASS_LINE_PX = 3;

function lineWidth({ paint }: AreaState, kind: AreaKind): number {
  return paint.how === 'classes' && paint.isOutlined && paint.kind === kind
    ? CLASS_LINE_PX
    : KIND_STYLES[kind].lineWidth;
}

/** The factor by which the outline of a chosen area is wider. */
const CHOSEN_WIDTH_FACTOR = 2;

/** Between coloured areas, outlines have the background colour. Around chosen areas they keep their own. */
function lineColour(
  { paint, theme, chosen }: AreaState,
  kind: AreaKind,
  tokens: ThemeTokens,
): ExpressionSpecification | string {
  if (paint.how !== 'classes' || paint.kind !== kind) return AREA_COLOURS[theme];
  if (paint.isOutlined) return classColours(paint.classes);
  const ids = chosen.get(kind);
  return ids ? ['case', isWanted(ids), AREA_COLOURS[theme], tokens.labelHalo] : tokens.labelHalo;
}

/** `plain` if no area is chosen, else `plain` times one factor for chosen areas and another for the others. */
function byChoice(
  ids: readonly number[] | undefined,
  plain: number,
  factors: { chosen: number; unchosen: number },
): ExpressionSpecification | number {
  return ids ? ['case', isWanted(ids), plain * factors.chosen, plain * factors.unchosen] : plain;
}

export function isWanted(ids: readonly number[] | undefined): ExpressionSpecification {
  return ids
    ? ['match', ['get', 'id'], [...ids], true, false]
    : (['literal', true] as unknown as ExpressionSpecification);
}

export function shownOf(kinds: readonly AreaKind[]): AreaKind[] {
  return AREA_KINDS.filter((kind) => kinds.includes(kind));
}

export function isOf(kind: AreaKind): FilterSpecification {
  return ['==', ['get', 'kind'], kind];
}
