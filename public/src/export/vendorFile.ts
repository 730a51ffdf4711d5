// The vendors that are exported, as a file of the kind that is asked for.

import type { Box } from '@styles/base';
import type { Vendor } from '../vendors/vendorTable';
import { vendorColumns } from './columns';
import { vendorsAsCsv } from './csv';
import type { ExportKind, NamedFile } from './file';
import type { VendorExport } from './vendorExport';

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
