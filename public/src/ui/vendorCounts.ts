// How many vendors of the city the filter shows, and the filter without the parts that mean nothing.

import { isShown, type VendorFilter } from '@styles/vendorFilter';
import { useMemo } from 'react';
import { shownFilter } from '../activeFilter';
import { useModel, useUrl } from './context';

export function useShownFilter(): VendorFilter {
  const { vendorTable } = useModel();
  const { vendorFilter } = useUrl();
  return useMemo(() => shownFilter(vendorFilter, vendorTable), [vendorFilter, vendorTable]);
}

/** `null` until the table is there. */
export function useVendorCounts(): { shown: number; all: number } | null {
  const { vendorTable } = useModel();
  const filter = useShownFilter();
  return useMemo(() => {
    if (!vendorTable) return null;
    const shown = vendorTable.vendors.filter((vendor) => isShown(filter, vendor));
    return { shown: shown.length, all: vendorTable.vendors.length };
  }, [vendorTable, filter]);
}
