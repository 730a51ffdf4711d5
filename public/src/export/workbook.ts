// Vendors as a workbook with three sheets: the vendors, the applied filter, and a summary.

import writeWorkbook, { type Cell, type Sheet } from 'write-excel-file/universal';
import type { I18n } from '../i18n/i18n';
import { isOwnRadius } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';
import { describeVendorFilter } from '../view/summary';
import type { VendorColumn } from './columns';
import type { VendorExport } from './vendorExport';

export function vendorsAsWorkbook(exported: VendorExport, columns: readonly VendorColumn[]): Promise<Blob> {
  const { i18n } = exported;
  const sheets = [
    { sheet: 'Vendors', data: vendorRows(exported.vendors, columns), columns: columns.map(({ width }) => ({ width })) },
    { sheet: 'Applied Filters', data: filterRows(exported), columns: [{ width: 30 }, { width: 60 }] },
    {
      sheet: 'Summary',
      data: summaryRows(exported.vendors, i18n),
      columns: [{ width: 30 }, { width: 30 }, { width: 12 }],
    },
  ];
  const isRightToLeft = exported.lang === 'fa';
  return writeWorkbook(
    sheets.map((sheet): Sheet<Blob> => ({ ...sheet, stickyRowsCount: 1, rightToLeft: isRightToLeft })),
  ).toBlob();
}

const headerRow = (...labels: string[]): Cell[] => labels.map((value) => ({ value, type: String, fontWeight: 'bold' }));

/** A code that consists of digits stays a string. */
function cellOf(value: string | number | null): Cell {
  if (value === null) return null;
  return typeof value === 'number' ? { value, type: Number } : { value, type: String };
}

function vendorRows(vendors: readonly Vendor[], columns: readonly VendorColumn[]): Cell[][] {
  const rows = vendors.map((vendor) => columns.map(({ read }) => cellOf(read(vendor))));
  return [headerRow(...columns.map(({ label }) => label)), ...rows];
}

function filterRows({ filter, mode, city, bounds, at, i18n }: VendorExport): Cell[][] {
  const { text, format } = i18n;
  const descriptions = describeVendorFilter(filter, i18n);
  const rows: [string, string][] = [
    [text.city, city],
    [text.exportFilter, descriptions.length > 0 ? descriptions.join('; ') : text.everyVendorOfCity],
    ...(filter.codes.length > 0 ? [[text.vendorCodes, filter.codes.join(' ')] as [string, string]] : []),
    [text.radiusMode, isOwnRadius(mode) ? text.radiusModes.own : describeRadius(mode, i18n)],
    [text.exportView, bounds ? bounds.map(format.degrees).join(', ') : text.exportWholeCity],
    [text.exportedAt, format.moment(at)],
  ];
  return [headerRow(text.exportFilter, text.exportValue), ...rows.map((row) => row.map(cellOf))];
}

function describeRadius(mode: VendorExport['mode'], { text, format }: I18n): string {
  switch (mode.kind) {
    case 'own':
      return `${text.radiusPercent}: ${format.percent(mode.percent / 100)}`;
    case 'fixed':
      return `${text.radiusFixed}: ${format.kilometres(mode.km * 1000)}`;
    case 'grade':
      return text.radiusModes.grade;
    case 'sliders': {
      const moved = Object.entries(mode.km).map(([grade, km]) => `${grade}: ${format.kilometres(km * 1000)}`);
      return [text.radiusModes.sliders, ...moved].join('; ');
    }
  }
}

/** The number of vendors in total, and by platform, line, grade and status. */
function summaryRows(vendors: readonly Vendor[], { text }: I18n): Cell[][] {
  const groups: [string, keyof Vendor & string][] = [
    [text.facts.platform, 'platform'],
    [text.line, 'line'],
    [text.facts.grade, 'grade'],
    [text.vendorFacets.status, 'status'],
  ];
  const counted = groups.flatMap(([label, name]) => countsOf(vendors, name).map(([value, n]) => [label, value, n]));
  return [
    headerRow(text.exportBy, text.exportValue, text.exportVendors),
    [text.exportAll, '', vendors.length].map(cellOf),
    ...counted.map((row) => row.map((value) => cellOf(value ?? null))),
  ];
}

function countsOf(vendors: readonly Vendor[], name: string): [string, number][] {
  const counts = new Map<string, number>();
  for (const vendor of vendors) {
    const value = String(vendor[name] ?? '');
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
