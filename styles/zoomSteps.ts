// Values by tile zoom, as a step expression.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { ZoomClasses } from './classes';

export function byZoom(
  zooms: readonly ZoomClasses[],
  make: (classes: ZoomClasses) => ExpressionSpecification,
  zoom: ExpressionSpecification = ['zoom'],
): ExpressionSpecification {
  const [first, ...rest] = zooms;
  if (!first) throw new Error('a density layer needs the classes of at least one zoom');
  if (rest.length === 0) return make(first);
  return [
    'step',
    zoom,
    make(first),
    ...rest.flatMap((classes) => [classes.zoom, make(classes)]),
  ] as ExpressionSpecification;
}
