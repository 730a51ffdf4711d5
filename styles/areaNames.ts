// Names of areas as the map can write them.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';

/** The name of an area, or what is written in its place, by its id. */
export function nameExpression(written: ReadonlyMap<number, string>): ExpressionSpecification {
  if (written.size === 0) return ['get', 'name'];
  return ['match', ['get', 'id'], ...[...written].flat(), ['get', 'name']] as unknown as ExpressionSpecification;
}

/** The map does not mirror brackets in right-to-left text, so what stands in them follows a dash. */
export function withoutBrackets(name: string): string {
  return name
    .replace(/\s*[([{]\s*/g, ' – ')
    .replace(/\s*[)\]}]/g, '')
    .trim();
}
