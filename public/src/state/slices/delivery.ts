// How far vendors are taken to deliver, how they and their circles are drawn, and whether they are listed.

import { formatRadiusMode, isOwnRadius, parseRadiusMode, type RadiusMode } from '../../vendors/radius';
import { numberIn, put } from './params';

export interface DeliveryState {
  radiusMode: RadiusMode;
  /** Whether circles of radius are drawn where vendors are. */
  showsRadii: boolean;
  /** Size of vendors' points, as a factor. */
  markerSize: number;
  /** Whether the filtered vendors are listed in a table. */
  showsTable: boolean;
}

export const MARKER_SIZES = { min: 0.5, max: 3, step: 0.1 } as const;

export function parseDelivery(params: URLSearchParams): DeliveryState {
  return {
    radiusMode: parseRadiusMode(params.get('delivery')),
    showsRadii: params.get('circles') !== 'off',
    markerSize: numberIn(params.get('marker'), MARKER_SIZES) ?? 1,
    showsTable: params.get('table') === 'on',
  };
}

export function putDelivery(
  params: URLSearchParams,
  { radiusMode, showsRadii, markerSize, showsTable }: DeliveryState,
): void {
  if (!isOwnRadius(radiusMode)) put(params, 'delivery', formatRadiusMode(radiusMode));
  put(params, 'circles', showsRadii ? null : 'off');
  put(params, 'marker', String(markerSize), '1');
  put(params, 'table', showsTable ? 'on' : null);
}
