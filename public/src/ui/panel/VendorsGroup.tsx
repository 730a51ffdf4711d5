// The vendors group: switch, filter, radii and export.

import { lazy, Suspense, useMemo } from 'react';
import { countChoices, type VendorCountsByChoice } from '../../vendors/vendorTable';
import { OverlaySwitch, useIsPublished } from '../choices/OverlaySwitch';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';
import { Group } from './Group';

/** Loaded when the group is opened with vendors on. */
const VendorChoices = lazy(() => import('../choices/VendorChoices'));

export function VendorsGroup() {
  const { vendorTable } = useModel('vendorTable');
  const { overlays, vendorFilter } = useUrl('overlays', 'vendorFilter');
  const { text } = useI18n();
  const { chosen, filter } = useShownVendors() ?? {};
  const counts = useMemo(
    () => vendorTable && filter && countChoices(vendorTable.vendors, filter),
    [vendorTable, filter],
  );
  const isPublished = useIsPublished('vendors');
  if (!isPublished) return null;
  // Coverage counts the filtered vendors, whether they are drawn or not.
  const isFilterUsed = overlays.includes('vendors') || overlays.includes('coverage');
  const shown = isFilterUsed ? counts : null;
  return (
    <Group
      name="vendors"
      aside={<OverlaySwitch overlay="vendors" />}
      brief={shown && <Shown counts={shown} isLate={chosen !== vendorFilter} />}
    >
      {!isFilterUsed && <p className="hint">{text.vendorsOff}</p>}
      {shown && (
        <Suspense fallback={<div className="placeholder" />}>
          <VendorChoices counts={shown} hasPoints={overlays.includes('vendors')} />
        </Suspense>
      )}
    </Group>
  );
}

function Shown({ counts: { shown, all }, isLate }: { counts: VendorCountsByChoice; isLate: boolean }) {
  const { text, format } = useI18n();
  return (
    <span role="status" aria-busy={isLate} data-shown={shown} data-all={all}>
      {text.vendorsShown(format.number(shown), format.number(all))}
    </span>
  );
}
