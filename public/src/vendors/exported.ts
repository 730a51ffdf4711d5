// The vendors that are exported, as a file of the kind that is asked for.

import type { Box, Lang } from '@styles/base';
import type { VendorFilter } from '@styles/vendorFilter';
import type { Area } from '../areaList';
import type { Radii, RadiusMode } from '../radius';
import type { Vendor } from '../vendorTable';
import type { Words } from '../words';
import { vendorColumns } from './columns';
import { vendorsAsCsv } from './csv';
import type { ExportKind, NamedFile } from './file';

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
  words: Words;
}

export async function exportVendors(exported: VendorExport, kind: ExportKind): Promise<NamedFile> {
  const columns = vendorColumns(exported);
  const name = `foodmap-vendors-${exported.cityKey}-${exported.at.slice(0, 10)}.${kind}`;
  if (kind === 'csv') {
    return { name, blob: new Blob([vendorsAsCsv(exported.vendors, columns)], { type: 'text/csv;charset=utf-8' }) };
  }
  // Only who asks for a workbook pays for its writer.
  const { vendorsAsWorkbook } = await import('./workbook');
  return { name, blob: await vendorsAsWorkbook(exported, columns) };
}

/** Of the vendors those in a box of west, south, east, north. */
export function vendorsIn(vendors: readonly Vendor[], [west, south, east, north]: Box): Vendor[] {
  return vendors.filter(({ lng, lat }) => lng >= west && lng <= east && lat >= south && lat <= north);
}
