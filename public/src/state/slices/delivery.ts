// How far vendors are assumed to deliver, how they and their circles are drawn, and whether the table is open.

import { formatRadiusMode, isOwnRadius, parseRadiusMode, type RadiusMode } from '../../vendors/radius';
import { numberIn, put } from './params';

export interface DeliveryState {
  radiusMode: RadiusMode;
  /** Whether radius circles are drawn with the vendors. */
  showsRadii: boolean;
  /** The size of vendor points, as a factor. */
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
