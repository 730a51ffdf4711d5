// The density layer: whether it is shown, its window, kind, business lines, and view.

import type { View } from '@styles/density';
import { KINDS, type Kind } from '@styles/measure';
import { named, oneOf, put } from './params';

export interface DensityChoice {
  /** False where only overlays are shown. */
  showsDensity: boolean;
  /** The slot of the window, such as `30d`; `null` means the default. */
  window: string | null;
  kind: Kind;
  /** Names of business lines in the order of choice. An empty list means every line. */
  lines: readonly string[];
  view: View;
}

/** The defaults from the configuration. `line=all` in the URL means every line. */
export interface DensityDefaults {
  lines: readonly string[];
  window: string | null;
}

const EVERY_LINE = 'all';
/** No lines are chosen and the defaults are not loaded yet. Unlike a choice of every line, it is not written to the URL. */
const NO_LINES: readonly string[] = [];

export const VIEWS = ['cells', 'heat'] as const;

/** `defaults` is absent until the configuration has loaded. */
export function parseDensity(params: URLSearchParams, defaults?: DensityDefaults): DensityChoice {
  return {
    showsDensity: params.get('density') !== 'off',
    window: params.get('window') ?? defaults?.window ?? null,
    kind: oneOf(params.get('kind'), KINDS) ?? 'orders',
    lines: parseLines(named(params.getAll('line')), defaults?.lines ?? NO_LINES),
    view: oneOf(params.get('view'), VIEWS) ?? 'cells',
  };
}

export function putDensity(params: URLSearchParams, choice: DensityChoice, defaults?: DensityDefaults): void {
  const { showsDensity, window, kind, lines, view } = choice;
  put(params, 'density', showsDensity ? null : 'off');
  put(params, 'window', window, defaults?.window);
  put(params, 'kind', kind, 'orders');
  putLines(params, lines, defaults?.lines);
  put(params, 'view', view, 'cells');
}

/** Fills in the defaults where the user has not chosen. */
export function withDefaults<T extends DensityChoice>(choice: T, defaults: DensityDefaults): T {
  const lines = choice.lines === NO_LINES ? defaults.lines : choice.lines;
  return { ...choice, lines, window: choice.window ?? defaults.window };
}

function parseLines(chosen: readonly string[], defaults: readonly string[]): readonly string[] {
  if (chosen.length === 0) return defaults;
  return chosen.includes(EVERY_LINE) ? [] : chosen;
}

function putLines(params: URLSearchParams, lines: readonly string[], defaults: readonly string[] | undefined): void {
  if (lines === NO_LINES || (defaults && String(lines) === String(defaults))) return;
  for (const line of lines.length === 0 ? [EVERY_LINE] : lines) put(params, 'line', line);
}
