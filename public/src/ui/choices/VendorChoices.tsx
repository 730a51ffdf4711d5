// Everything that can be chosen about vendors: the filter, radii, appearance and export.

import type { VendorCountsByChoice } from '../../vendors/vendorTable';
import { RadiusChoice } from './RadiusChoice';
import { VendorAppearance } from './VendorAppearance';
import { VendorExportChoice } from './VendorExportChoice';
import { VendorFilterChoices } from './VendorFilterChoices';

interface VendorChoicesProps {
  counts: VendorCountsByChoice;
  /** Whether vendors are drawn as points. */
  hasPoints: boolean;
}

export default function VendorChoices({ counts, hasPoints }: VendorChoicesProps) {
  return (
    <>
      <VendorFilterChoices counts={counts} />
      <RadiusChoice />
      {hasPoints && <VendorAppearance />}
      <VendorExportChoice />
    </>
  );
}
