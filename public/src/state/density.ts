// What is counted: whether at all, in which window, which kind, which business lines, and whether as cells or as heat.

import type { View } from '@styles/density';
import { KINDS, type Kind } from '@styles/measure';
import { named, oneOf, put } from './params';

export interface DensityChoice {
  /** Off where another layer is the map. */
  showsDensity: boolean;
  /** Slot of the layer, such as `30d`; `null` means the default one. */
  window: string | null;
  kind: Kind;
  /** Names of business lines, in the order chosen; none means every line. */
  lines: readonly string[];
  view: View;
}

/** What most readers come for. `line=all` in the address is every line. */
export const DEFAULT_LINES: readonly string[] = ['Restaurant'];
const EVERY_LINE = 'all';

export const VIEWS = ['cells', 'heat'] as const;

export function parseDensity(params: URLSearchParams): DensityChoice {
  return {
    showsDensity: params.get('density') !== 'off',
    window: params.get('window'),
    kind: oneOf(params.get('kind'), KINDS) ?? 'orders',
    lines: parseLines(named(params.getAll('line'))),
    view: oneOf(params.get('view'), VIEWS) ?? 'cells',
  };
}

export function putDensity(params: URLSearchParams, { showsDensity, window, kind, lines, view }: DensityChoice): void {
  put(params, 'density', showsDensity ? null : 'off');
  put(params, 'window', window);
  put(params, 'kind', kind, 'orders');
  putLines(params, lines);
  put(params, 'view', view, 'cells');
}

function parseLines(chosen: readonly string[]): readonly string[] {
  if (chosen.length === 0) return DEFAULT_LINES;
  return chosen.includes(EVERY_LINE) ? [] : chosen;
}

function putLines(params: URLSearchParams, lines: readonly string[]): void {
  if (String(lines) === String(DEFAULT_LINES)) return;
  for (const line of lines.length === 0 ? [EVERY_LINE] : lines) put(params, 'line', line);
}
