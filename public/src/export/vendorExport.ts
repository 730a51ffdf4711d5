// The content of a vendor export.

import type { Bounds, Lang } from '@styles/base';
import type { VendorFilter } from '@styles/vendorFilter';
import type { Area } from '../areas/areaList';
import type { I18n } from '../i18n/i18n';
import type { Radii, RadiusMode } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';

export interface VendorExport {
  vendors: readonly Vendor[];
  filter: VendorFilter;
  mode: RadiusMode;
  /** The radii that result from the mode. */
  radii: Radii;
  areas: readonly Area[];
  /** The display name of the city, and its key. */
  city: string;
  cityKey: string;
  /** The bounding box of the view, if only that part of the city is exported. */
  bounds: Bounds | null;
  /** The time of the vendor snapshot, as an ISO 8601 string; `null` where it is unknown. */
  snapshotAt: string | null;
  /** The time of the export, as an ISO 8601 string. */
  at: string;
  lang: Lang;
  i18n: I18n;
}
