// The filtered vendors, for components that may render later.

import { useDeferredValue } from 'react';
import { type ShownVendors, shownVendorsOf } from '../../vendors/shownVendors';
import { useModel, useUrl } from './context';

/** `null` until the table has loaded. Deferred: first the control and the map show a new choice, then the counts follow. */
export function useShownVendors(): ShownVendors | null {
  const { vendorTable } = useModel('vendorTable');
  const { vendorFilter } = useUrl('vendorFilter');
  const filter = useDeferredValue(vendorFilter);
  return vendorTable && shownVendorsOf(vendorTable, filter);
}
