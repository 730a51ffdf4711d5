// Vendors as a workbook with three sheets: the vendors, the applied filter, and a summary.

import writeWorkbook, { type Cell, type Feature, type Sheet } from 'write-excel-file/universal';
import type { I18n } from '../i18n/i18n';
import { gradeName } from '../i18n/texts';
import { isOwnRadius } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';
import { describeVendorFilter } from '../view/summary';
import type { VendorColumn } from './columns';
import type { VendorExport } from './vendorExport';

export function vendorsAsWorkbook(exported: VendorExport, columns: readonly VendorColumn[]): Promise<Blob> {
  const { i18n } = exported;
  const { text } = i18n;
  const sheets = [
    {
      sheet: text.exportSheets.vendors,
      data: vendorRows(exported.vendors, columns),
      columns: columns.map(({ width }) => ({ width })),
    },
    { sheet: text.exportSheets.filters, data: filterRows(exported), columns: [{ width: 30 }, { width: 60 }] },
    {
      sheet: text.exportSheets.summary,
      data: summaryRows(exported.vendors, columns, i18n),
      columns: [{ width: 30 }, { width: 30 }, { width: 12 }],
    },
  ];
  const isRightToLeft = exported.lang === 'fa';
  return writeWorkbook(
    sheets.map((sheet): Sheet<Blob> => ({ ...sheet, stickyRowsCount: 1, rightToLeft: isRightToLeft })),
    { features: [autoFilter(columns.length, exported.vendors.length + 1)] },
  ).toBlob();
}

/** A workbook of one sheet. The first row is the heading. */
export function tableAsWorkbook(
  name: string,
  [head = [], ...rows]: readonly (readonly (string | number)[])[],
  isRightToLeft: boolean,
): Promise<Blob> {
  const data = [headerRow(...head.map(String)), ...rows.map((row) => row.map(cellOf))];
  const columns = head.map((_, i) => ({ width: i === 0 ? 30 : 16 }));
  return writeWorkbook([{ sheet: name, data, columns, stickyRowsCount: 1, rightToLeft: isRightToLeft }], {
    features: [autoFilter(head.length, rows.length + 1)],
  }).toBlob();
}

/** Adds the filter buttons of the first sheet's heading. The library has no option for them. */
function autoFilter(columns: number, rows: number): Feature<Blob> {
  const add = (xml: string): string =>
    xml.replace('</sheetData>', `</sheetData><autoFilter ref="A1:${columnLetters(columns)}${rows}"/>`);
  const transform = (xml: string, _: unknown, { sheetIndex }: { sheetIndex: number }): string =>
    sheetIndex === 0 ? add(xml) : xml;
  return { files: { transform: { 'xl/worksheets/sheet{id}.xml': { transform } } } };
}

/** The name of the last of `count` columns: Z for 26, AA for 27. */
export function columnLetters(count: number): string {
  const last = String.fromCharCode(65 + ((count - 1) % 26));
  return count > 26 ? columnLetters(Math.floor((count - 1) / 26)) + last : last;
}

/** Directional marks and unusual spaces are invisible in a spreadsheet and break its search. */
function plain(value: string): string {
  return value.replace(/[\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g, '').replace(/[\u00A0\u2009\u202F]/g, ' ');
}

const headerRow = (...labels: string[]): Cell[] =>
  labels.map((value) => ({ value: plain(value), type: String, fontWeight: 'bold' }));

/** A code that consists of digits stays a string. */
function cellOf(value: string | number | null): Cell {
  if (value === null) return null;
  return typeof value === 'number' ? { value, type: Number } : { value: plain(value), type: String };
}

function vendorRows(vendors: readonly Vendor[], columns: readonly VendorColumn[]): Cell[][] {
  const rows = vendors.map((vendor) =>
    columns.map(({ read, show, isNamed }) => {
      const value = read(vendor);
      return cellOf(isNamed && value !== null ? show(value) : value);
    }),
  );
  return [headerRow(...columns.map(({ label }) => label)), ...rows];
}

function filterRows({ filter, mode, city, bounds, snapshotAt, at, i18n }: VendorExport): Cell[][] {
  const { text, format } = i18n;
  const descriptions = describeVendorFilter(filter, i18n);
  const rows: [string, string][] = [
    [text.city, city],
    [text.exportFilter, descriptions.length > 0 ? descriptions.join(text.listMark) : text.everyVendorOfCity],
    ...(filter.codes.length > 0 ? [[text.vendorCodes, filter.codes.join(' ')] as [string, string]] : []),
    [text.radiusMode, isOwnRadius(mode) ? text.radiusModes.own : describeRadius(mode, i18n)],
    [text.exportView, bounds ? format.list(bounds.map(format.degrees)) : text.exportWholeCity],
    ...(snapshotAt === null ? [] : [[text.snapshotAt, format.moment(snapshotAt)] as [string, string]]),
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
      const moved = Object.entries(mode.km).map(
        ([grade, km]) => `${gradeName(text, grade)}: ${format.kilometres(km * 1000)}`,
      );
      return [text.radiusModes.sliders, ...moved].join(text.listMark);
    }
  }
}

/** The number of vendors in total, and by platform, line, grade and status. */
function summaryRows(vendors: readonly Vendor[], columns: readonly VendorColumn[], { text }: I18n): Cell[][] {
  const groups = ['platform', 'line', 'grade', 'status'].flatMap(
    (id) => columns.find((column) => column.id === id) ?? [],
  );
  const counted = groups.flatMap((column) => countsOf(vendors, column).map(([value, n]) => [column.label, value, n]));
  return [
    headerRow(text.exportBy, text.exportValue, text.exportVendors),
    [text.exportAll, '', vendors.length].map(cellOf),
    ...counted.map((row) => row.map((value) => cellOf(value ?? null))),
  ];
}

function countsOf(vendors: readonly Vendor[], { read, show }: VendorColumn): [string, number][] {
  const counts = new Map<string, number>();
  for (const vendor of vendors) {
    const known = read(vendor);
    const value = known === null ? '' : show(known);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
