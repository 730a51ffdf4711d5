// The vendors that the filter shows, for parts of the page that can wait.

import { useDeferredValue } from 'react';
import { type ShownVendors, shownVendorsOf } from '../../vendors/shownVendors';
import { useModel, useUrl } from './context';

/** `null` until the table is there. What was chosen last is counted once the control and the map show it. */
export function useShownVendors(): ShownVendors | null {
  const { vendorTable } = useModel('vendorTable');
  const { vendorFilter } = useUrl('vendorFilter');
  const filter = useDeferredValue(vendorFilter);
  return vendorTable && shownVendorsOf(vendorTable, filter);
}
