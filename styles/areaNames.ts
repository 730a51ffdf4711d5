// The names of areas on the map, readable on every fill.

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
} from '@maplibre/maplibre-gl-style-spec';
import { type AreaKind, type AreaState, isOf, isWanted, KIND_STYLES, shownOf } from './areas';
import { contrast } from './contrast';
import { type ThemeTokens, TOKENS } from './tokens';

export function areaNameLayers(state: AreaState, tokens: ThemeTokens): LayerSpecification[] {
  const { areaKinds, chosen, names, figures } = state;
  return shownOf(areaKinds).map((kind) => ({
    id: `area-names-${kind}`,
    type: 'symbol',
    source: 'areas',
    'source-layer': 'area-labels',
    minzoom: KIND_STYLES[kind].nameMinzoom,
    filter: ['all', isOf(kind), isWanted(chosen.get(kind))] as unknown as FilterSpecification,
    layout: {
      'text-field': nameAndFigure(nameExpression(names), figures),
      'text-font': [TOKENS.font],
      'text-size': KIND_STYLES[kind].textSize,
      'text-max-width': 8,
      'text-padding': 4,
    },
    paint: {
      'text-color': onFill(state, kind, INKS, tokens.label),
      'text-halo-color': onFill(state, kind, { onPale: INKS.onDeep, onDeep: INKS.onPale }, tokens.labelHalo),
      'text-halo-width': 1.5,
    },
  }));
}

/** The text colours on light and on dark classes. */
const INKS = { onPale: '#14191f', onDeep: '#ffffff' } as const;

/** One value on light classes of the filled kind and another on dark ones; `plain` without such a fill. */
function onFill(
  { paint, chosen }: AreaState,
  kind: AreaKind,
  { onPale, onDeep }: { onPale: string; onDeep: string },
  plain: string,
): ExpressionSpecification | string {
  if (paint.how !== 'classes' || paint.kind !== kind) return plain;
  const isPale = (colour: string): boolean => contrast(colour, INKS.onPale) > contrast(colour, INKS.onDeep);
  const filled = paint.classes.classes.filter(({ ids }) => ids.length > 0);
  const branches = filled.flatMap(({ ids, colour }) => [[...ids], isPale(colour) ? onPale : onDeep]);
  if (branches.length === 0) return plain;
  const byClass = ['match', ['get', 'id'], ...branches, plain] as unknown as ExpressionSpecification;
  return ['case', isWanted(chosen.get(kind)), byClass, plain];
}

function nameAndFigure(name: ExpressionSpecification, figures: ReadonlyMap<number, string>): ExpressionSpecification {
  if (figures.size === 0) return name;
  const branches = [...figures].flatMap(([id, text]) => [id, `\n${text}`]);
  const figure = ['match', ['get', 'id'], ...branches, ''] as unknown as ExpressionSpecification;
  return ['format', name, {}, figure, {}];
}

/** The name of an area, or its replacement by id. */
export function nameExpression(written: ReadonlyMap<number, string>): ExpressionSpecification {
  if (written.size === 0) return ['get', 'name'];
  return ['match', ['get', 'id'], ...[...written].flat(), ['get', 'name']] as unknown as ExpressionSpecification;
}

/** MapLibre does not mirror brackets in right-to-left text, so they are replaced by a dash. */
export function withoutBrackets(name: string): string {
  return name
    .replace(/\s*[([{]\s*/g, ' – ')
    .replace(/\s*[)\]}]/g, '')
    .trim();
}
