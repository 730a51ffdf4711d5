// Which overlays are shown. The panel groups of vendors, coverage and areas switch their own overlay.

import { OVERLAYS, type Overlay } from '@styles/overlays';
import { put, someOf } from './params';

export interface OverlaysState {
  /** In the order of `OVERLAYS`. */
  overlays: readonly Overlay[];
}

export function parseOverlays(params: URLSearchParams): OverlaysState {
  return { overlays: someOf(params.getAll('over'), OVERLAYS) };
}

export function putOverlays(params: URLSearchParams, { overlays }: OverlaysState): void {
  for (const overlay of overlays) put(params, 'over', overlay);
}

export function withOverlay(overlays: readonly Overlay[], overlay: Overlay, isShown: boolean): Overlay[] {
  return OVERLAYS.filter((known) => (known === overlay ? isShown : overlays.includes(known)));
}
