// The vendors of the city that the filter shows, for whatever draws, lists, counts or exports them.

import { isShown, type VendorFilter } from '@styles/vendorFilter';
import { memoize } from '../lib/memoize';
import { shownFilter } from './activeFilter';
import type { Vendor, VendorTable } from './vendorTable';

export interface ShownVendors {
  chosen: VendorFilter;
  /** The filter without the parts that mean nothing, as it filters. */
  filter: VendorFilter;
  vendors: readonly Vendor[];
  /** How many there are, shown or not. */
  all: number;
}

/** Many parts of the page ask the same. */
export const shownVendorsOf = memoize((table: VendorTable, chosen: VendorFilter): ShownVendors => {
  const { vendors } = table;
  const filter = shownFilter(chosen, table);
  return { chosen, filter, vendors: vendors.filter((vendor) => isShown(filter, vendor)), all: vendors.length };
});
