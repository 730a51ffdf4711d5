// The vendors of the city that the filter shows, for whatever lists, counts or exports them.

import { isShown, type VendorFilter } from '@styles/vendorFilter';
import { useDeferredValue } from 'react';
import { shownFilter } from '../activeFilter';
import { remembered } from '../remembered';
import type { Vendor, VendorTable } from '../vendorTable';
import { useModel, useUrl } from './context';

export interface ShownVendors {
  /** The filter without the parts that mean nothing, as it filters. */
  filter: VendorFilter;
  vendors: readonly Vendor[];
  /** How many there are, shown or not. */
  all: number;
}

/** Many parts of the page ask the same. */
const shownOf = remembered((table: VendorTable, chosen: VendorFilter): ShownVendors => {
  const filter = shownFilter(chosen, table);
  const { vendors } = table;
  return { filter, vendors: vendors.filter((vendor) => isShown(filter, vendor)), all: vendors.length };
});

/** `null` until the table is there. What was chosen last is counted once the control and the map show it. */
export function useShownVendors(): ShownVendors | null {
  const { vendorTable } = useModel('vendorTable');
  const { vendorFilter } = useUrl('vendorFilter');
  const filter = useDeferredValue(vendorFilter);
  return vendorTable && shownOf(vendorTable, filter);
}
