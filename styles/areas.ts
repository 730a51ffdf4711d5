// Areas: fills and outlines of the kinds that are shown, the coarsest kind in the boldest hand.

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import type { AreaClasses } from './areaClasses';
import type { Kind } from './measure';
import type { Theme, ThemeTokens } from './tokens';

/** From the finest to the coarsest. */
export const AREA_KINDS = ['neighbourhood', 'marketing', 'region'] as const;
export type AreaKind = (typeof AREA_KINDS)[number];

export const AREA_COLOURS: Record<Theme, string> = { day: '#2b4c7e', night: '#9fc1f5' };

/** What one colour may fill areas with. */
export const AREA_TINTS = ['blue', 'green', 'amber', 'rose', 'grey'] as const;
export type AreaTint = (typeof AREA_TINTS)[number];

export const TINT_COLOURS: Record<Theme, Record<AreaTint, string>> = {
  day: { blue: '#2b6cb0', green: '#2f855a', amber: '#b7791f', rose: '#b83280', grey: '#4a5568' },
  night: { blue: '#7fb2f0', green: '#6fcf97', amber: '#f2c14e', rose: '#f08ac0', grey: '#a7b3c2' },
};

/** Whose ramp of density shows which sort of statistic: people, vendors, orders, users. */
export const AREA_RAMPS = {
  people: 'organic',
  vendors: 'nonorganic',
  orders: 'orders',
  users: 'users',
} as const satisfies Record<string, Kind>;

/** The colour of an area that has none of what is counted. */
export const ZERO_COLOURS: Record<Theme, string> = { day: '#dfe3e8', night: '#2a313b' };

/** What fills areas: nothing, one colour, or the classes of one kind. */
export type AreaPaint =
  | { how: 'none' }
  | { how: 'tint'; tint: AreaTint }
  | { how: 'classes'; kind: AreaKind; classes: AreaClasses };

interface Hand {
  line: number;
  text: number;
  /** Zoom from which names fit. */
  named: number;
}

export const HANDS: Record<AreaKind, Hand> = {
  neighbourhood: { line: 0.6, text: 11, named: 12.5 },
  marketing: { line: 1.2, text: 12, named: 11 },
  region: { line: 2.4, text: 14, named: 9.5 },
};

const SOURCE = { source: 'areas', 'source-layer': 'areas' } as const;

/** Faint, so that what lies below is still read by its own legend. */
const TINT_OPACITY = 0.1;
/** An area beside the chosen ones is only a hint of where they lie. */
const BESIDE_OPACITY = 0.25;

export interface AreaState {
  areaKinds: readonly AreaKind[];
  theme: Theme;
  paint: AreaPaint;
  /** Ids of the only areas wanted of a kind; of a kind without an entry, all are. */
  chosen: ReadonlyMap<AreaKind, readonly number[]>;
  /** Names that are written in place of those in the tiles, by the area's id. */
  names: ReadonlyMap<number, string>;
  /** What stands below the name of an area, by its id. */
  figures: ReadonlyMap<number, string>;
}

/** Every shown kind is there to be picked; one of them is filled. */
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

/** One colour fills the finest kind, classes the kind that they are of. Beside chosen areas classes are faint, one colour is none. */
function fillOpacity({ paint, chosen }: AreaState, [finest]: readonly AreaKind[]): ExpressionSpecification | number {
  const kind = paint.how === 'classes' ? paint.kind : finest;
  if (paint.how === 'none' || !kind) return 0;
  const [opacity, beside] = paint.how === 'classes' ? [1, BESIDE_OPACITY] : [TINT_OPACITY, 0];
  const ofKind: ExpressionSpecification = ['==', ['get', 'kind'], kind];
  return ['case', ['all', ofKind, isWanted(chosen.get(kind))], opacity, ofKind, beside, 0];
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
      'line-width': byChoice(chosen.get(kind), HANDS[kind].line, { chosen: CHOSEN_WIDER, beside: 1 }),
      'line-opacity': byChoice(chosen.get(kind), 1, { chosen: 1, beside: BESIDE_OPACITY }),
    },
  }));
}

/** How much wider the outline of a chosen area is than that of its neighbours. */
const CHOSEN_WIDER = 2;

/** Between the colours of classes a line of the ground parts best; around chosen areas it stays bold. */
function lineColour(
  { paint, theme, chosen }: AreaState,
  kind: AreaKind,
  tokens: ThemeTokens,
): ExpressionSpecification | string {
  if (paint.how !== 'classes' || paint.kind !== kind) return AREA_COLOURS[theme];
  const ids = chosen.get(kind);
  return ids ? ['case', isWanted(ids), AREA_COLOURS[theme], tokens.labelHalo] : tokens.labelHalo;
}

/** `plain` where no area is chosen, else `plain` times a factor for the chosen ones and one for those beside them. */
function byChoice(
  ids: readonly number[] | undefined,
  plain: number,
  factors: { chosen: number; beside: number },
): ExpressionSpecification | number {
  return ids ? ['case', isWanted(ids), plain * factors.chosen, plain * factors.beside] : plain;
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
