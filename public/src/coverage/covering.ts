// Who covers a point: the vendors whose delivery area contains it, with their distances.

import type { Vendor } from '../vendors/vendorTable';
import type { DeliveryArea } from './deliveryAreas';
import { covers, EARTH_RADIUS_M, radians } from './rule';

export interface CoveringVendor {
  vendor: Vendor;
  distanceM: number;
  /** The effective radius. */
  radiusM: number;
}

/** Nearest first; of the lines, where an empty list means every line. The rule is that of coverage. */
export function coveringVendors(
  areas: readonly DeliveryArea[],
  place: { lng: number; lat: number },
  lines: readonly number[],
): CoveringVendor[] {
  return areas
    .filter(({ circle }) => (lines.length === 0 || lines.includes(circle.line)) && covers(circle, place))
    .map(({ vendor, circle }) => ({ vendor, distanceM: distanceM(circle, place), radiusM: circle.radiusM }))
    .toSorted((a, b) => a.distanceM - b.distanceM || a.vendor.code.localeCompare(b.vendor.code, 'en'));
}

/** The great-circle distance (haversine). */
export function distanceM(a: { lng: number; lat: number }, b: { lng: number; lat: number }): number {
  const [dlat, dlng] = [radians(b.lat - a.lat), radians(b.lng - a.lng)];
  const h = Math.sin(dlat / 2) ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(dlng / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(Math.sqrt(h), 1));
}
