// Exports vendors as a file of the requested format.

import type { Bounds } from '@styles/base';
import type { Vendor } from '../vendors/vendorTable';
import { vendorColumns } from './columns';
import { vendorsAsCsv } from './csv';
import type { ExportKind, NamedFile } from './file';
import type { VendorExport } from './vendorExport';

export async function exportVendors(exported: VendorExport, kind: ExportKind): Promise<NamedFile> {
  const columns = vendorColumns(exported);
  const name = `foodmap-vendors-${exported.cityKey}-${exported.i18n.format.isoDay(exported.at)}.${kind}`;
  if (kind === 'csv') {
    return { name, blob: new Blob([vendorsAsCsv(exported.vendors, columns)], { type: 'text/csv;charset=utf-8' }) };
  }
  // Loads the workbook writer only when it is needed.
  const { vendorsAsWorkbook } = await import('./workbook');
  return { name, blob: await vendorsAsWorkbook(exported, columns) };
}

/** The vendors inside a bounding box. */
export function vendorsIn(vendors: readonly Vendor[], [west, south, east, north]: Bounds): Vendor[] {
  return vendors.filter(({ lng, lat }) => lng >= west && lng <= east && lat >= south && lat <= north);
}
