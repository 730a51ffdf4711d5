// What is counted: the window, the kind, the business lines, and whether as cells or as heat.

import type { View } from '@styles/density';
import { KINDS, type Kind } from '@styles/measure';
import { named, oneOf, put } from './params';

export interface DensityChoice {
  /** Slot of the layer, such as `30d`; `null` means the default one. */
  window: string | null;
  kind: Kind;
  /** Names of business lines, in the order chosen; none means every line. */
  lines: readonly string[];
  view: View;
}

export const VIEWS = ['cells', 'heat'] as const;

export function parseDensity(params: URLSearchParams): DensityChoice {
  return {
    window: params.get('window'),
    kind: oneOf(params.get('kind'), KINDS) ?? 'orders',
    lines: named(params.getAll('line')),
    view: oneOf(params.get('view'), VIEWS) ?? 'cells',
  };
}

export function putDensity(params: URLSearchParams, { window, kind, lines, view }: DensityChoice): void {
  put(params, 'window', window);
  put(params, 'kind', kind, 'orders');
  for (const line of lines) put(params, 'line', line);
  put(params, 'view', view, 'cells');
}
