// Vendors as points of a tile, for zooms at which the published tiles have one vendor stand for several.

import { LayerWriter } from '../tiles/layerWriter';
import type { TileAddress } from '../tiles/withheld';
import type { Vendor } from '../vendors/vendorTable';
import { project } from './circles';
import type { DeliveryArea } from './deliveryAreas';
import { radians } from './rule';

export const VENDOR_LAYER = 'vendors';
const EXTENT = 4096;
/** As far as a large marker reaches over the edge of a tile. */
const BUFFER = 128;

/** Each of the vendors that the settings choose, with the attributes that published tiles have. */
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

/** Its place is the point's, and the areas that hold it are many. */
function attributesOf({ lng, lat, areaIds, ...attributes }: Vendor): [string, number | string][] {
  const isTold = (value: unknown): value is number | string => typeof value === 'number' || typeof value === 'string';
  return Object.entries(attributes).flatMap(([name, value]) => (isTold(value) ? [[name, value]] : []));
}
