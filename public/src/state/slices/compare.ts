// What the map is compared with: another kind, another window, or both; and the position of the divider.

import { KINDS, type Kind } from '@styles/measure';
import { numberIn, oneOf, put } from './params';

export interface Comparison {
  kind: Kind;
  /** The slot of the other layer; `null` means the window of the map itself. */
  window: string | null;
  /** The position of the divider as a share of the map's width from the left; `null` until it is moved. */
  divider: number | null;
}

export interface CompareState {
  compare: Comparison | null;
}

/** At the edges one side would disappear. */
export const DIVIDER = { min: 0.04, max: 0.96, step: 0.02 } as const;

export function parseCompare(params: URLSearchParams): CompareState {
  const kind = oneOf(params.get('vs'), KINDS);
  if (!kind) return { compare: null };
  return { compare: { kind, window: params.get('vs-window'), divider: numberIn(params.get('vs-at'), DIVIDER) } };
}

export function putCompare(params: URLSearchParams, { compare }: CompareState): void {
  if (!compare) return;
  put(params, 'vs', compare.kind);
  put(params, 'vs-window', compare.window);
  put(params, 'vs-at', compare.divider === null ? null : String(compare.divider));
}
