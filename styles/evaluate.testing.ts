// For tests: evaluates a style expression for one feature, with MapLibre's own evaluator.

import { type ExpressionSpecification, expression } from '@maplibre/maplibre-gl-style-spec';
import type { CellAttributes } from './measure';

export function evaluate(source: ExpressionSpecification, attributes: CellAttributes, zoom = 0): unknown {
  const parsed = expression.createExpression(source, 'layers[0].paint');
  if (parsed.result === 'error') throw new Error(parsed.value.map(({ message }) => message).join('; '));
  return parsed.value.evaluate({ zoom }, { type: 1, properties: { ...attributes } } as never);
}
