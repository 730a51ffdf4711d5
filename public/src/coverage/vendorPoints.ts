// Vendors as points of a tile, for the zooms at which published tiles contain clusters.

import { LayerWriter } from '../tiles/layerWriter';
import type { TileAddress } from '../tiles/tileAddress';
import type { Vendor } from '../vendors/vendorTable';
import { project } from './circles';
import type { DeliveryArea } from './deliveryAreas';
import { radians } from './rule';

export const VENDOR_LAYER = 'vendors';
const EXTENT = 4096;
/** The radius of a large marker, in tile units. */
const BUFFER = 128;

/** Contains every selected vendor, with the attributes of published tiles. */
export function vendorTile(deliveryAreas: readonly DeliveryArea[], { z, x, y }: TileAddress): ArrayBuffer {
  const writer = new LayerWriter(VENDOR_LAYER, EXTENT, 1 << 16);
  const scale = 2 ** z * EXTENT;
  const isNear = (at: number): boolean => at >= -BUFFER && at < EXTENT + BUFFER;
  for (const { vendor } of deliveryAreas) {
    const [px, py] = project(radians(vendor.lng), radians(vendor.lat));
    const [left, top] = [Math.floor(px * scale) - x * EXTENT, Math.floor(py * scale) - y * EXTENT];
    if (isNear(left) && isNear(top)) writer.point(attributesOf(vendor), left, top);
  }
  return writer.finish();
}

/** Without the position, which is the geometry, and the areas, which are a list. */
function attributesOf({ lng, lat, areaIds, ...attributes }: Vendor): [string, number | string][] {
  const isAttribute = (value: unknown): value is number | string =>
    typeof value === 'number' || typeof value === 'string';
  return Object.entries(attributes).flatMap(([name, value]) => (isAttribute(value) ? [[name, value]] : []));
}
