// The filtered vendors of the city, for drawing, listing, counting and exporting.

import { isShown, type VendorFilter } from '@styles/vendorFilter';
import { memoize } from '../lib/memoize';
import { shownFilter } from './activeFilter';
import type { Vendor, VendorTable } from './vendorTable';

export interface ShownVendors {
  chosen: VendorFilter;
  /** The effective filter, without unusable fields. */
  filter: VendorFilter;
  vendors: readonly Vendor[];
  /** The number of all vendors of the city. */
  all: number;
}

/** Memoized, because many components call it. */
export const shownVendorsOf = memoize((table: VendorTable, chosen: VendorFilter): ShownVendors => {
  const { vendors } = table;
  const filter = shownFilter(chosen, table);
  return { chosen, filter, vendors: vendors.filter((vendor) => isShown(filter, vendor)), all: vendors.length };
});
