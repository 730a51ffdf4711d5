// How far vendors are taken to deliver, and how they and their circles are drawn.

import { formatRadiusMode, isOwnRadius, parseRadiusMode, type RadiusMode } from '../radius';
import { numberIn, put } from './params';

export interface ReachState {
  radiusMode: RadiusMode;
  /** Whether circles of radius are drawn where vendors are. */
  showsRadii: boolean;
  /** Size of vendors' points, as a factor. */
  markerSize: number;
}

export const MARKER_SIZES = { min: 0.5, max: 3, step: 0.1 } as const;

export function parseReach(params: URLSearchParams): ReachState {
  return {
    radiusMode: parseRadiusMode(params.get('reach')),
    showsRadii: params.get('circles') !== 'off',
    markerSize: numberIn(params.get('marker'), MARKER_SIZES) ?? 1,
  };
}

export function putReach(params: URLSearchParams, { radiusMode, showsRadii, markerSize }: ReachState): void {
  if (!isOwnRadius(radiusMode)) put(params, 'reach', formatRadiusMode(radiusMode));
  put(params, 'circles', showsRadii ? null : 'off');
  put(params, 'marker', String(markerSize), '1');
}
