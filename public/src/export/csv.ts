// Tables as CSV (RFC 4180), in UTF-8 with a byte order mark so that Excel reads Persian.

import type { Vendor } from '../vendors/vendorTable';
import type { VendorColumn } from './columns';

const BYTE_ORDER_MARK = '\uFEFF';
const LINE_END = '\r\n';

export function vendorsAsCsv(vendors: readonly Vendor[], columns: readonly VendorColumn[]): string {
  return tableAsCsv([
    columns.map(({ label }) => label),
    ...vendors.map((vendor) => columns.map(({ read }) => read(vendor))),
  ]);
}

/** Rows of values, the heading first. Unknown values are empty. */
export function tableAsCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return BYTE_ORDER_MARK + rows.map((row) => row.map(field).join(',') + LINE_END).join('');
}

/**
 * Every text is quoted, so that programs with another separator do not split it. Text that a spreadsheet
 * would run as a formula is prefixed with an apostrophe.
 */
function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}
