// The vendors of the city that the filter shows, for whatever lists, counts or exports them.

import { isShown, type VendorFilter } from '@styles/vendorFilter';
import { useMemo } from 'react';
import { shownFilter } from '../activeFilter';
import type { Vendor } from '../vendorTable';
import { useModel, useUrl } from './context';

export interface ShownVendors {
  /** The filter as it filters. */
  filter: VendorFilter;
  vendors: readonly Vendor[];
}

/** `null` until the table is there. */
export function useShownVendors(): ShownVendors | null {
  const { vendorTable } = useModel();
  const { vendorFilter } = useUrl();
  return useMemo(() => {
    if (!vendorTable) return null;
    const filter = shownFilter(vendorFilter, vendorTable);
    return { filter, vendors: vendorTable.vendors.filter((vendor) => isShown(filter, vendor)) };
  }, [vendorTable, vendorFilter]);
}
