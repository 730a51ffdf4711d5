// What an export of vendors consists of.

import type { Box, Lang } from '@styles/base';
import type { VendorFilter } from '@styles/vendorFilter';
import type { Area } from '../areas/areaList';
import type { I18n } from '../i18n/i18n';
import type { Radii, RadiusMode } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';

export interface VendorExport {
  vendors: readonly Vendor[];
  filter: VendorFilter;
  mode: RadiusMode;
  /** What the mode comes to. */
  radii: Radii;
  areas: readonly Area[];
  /** The city as it is read, and its key. */
  city: string;
  cityKey: string;
  /** The part of the city in view, where only that is exported. */
  box: Box | null;
  /** When, as an ISO time. */
  at: string;
  lang: Lang;
  i18n: I18n;
}
