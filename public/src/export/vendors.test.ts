import { EVERY_VENDOR } from '@styles/vendorFilter';
import readWorkbook from 'read-excel-file/node';
import type { Area } from '../areas/areaList';
import { formatFor } from '../i18n/format';
import { TEXTS } from '../i18n/texts';
import type { Vendor } from '../vendors/vendorTable';
import { vendorColumns } from './columns';
import { sortVendors } from './sort';
import { exportVendors, vendorsIn } from './vendorFile';

const i18n = { text: TEXTS.en, format: formatFor('en', 'Asia/Tehran') };
const area = (id: number, kind: Area['kind'], name: string): Area => ({
  id,
  kind,
  name,
  search: name,
  population: null,
  densityKm2: null,
  place: [0, 0],
  bounds: [0, 0, 0, 0],
});
const areas = [area(1, 'marketing', 'ونک'), area(2, 'marketing', 'میرداماد'), area(3, 'region', 'منطقه ۳')];
const base = { platform: 'tapsifood', line: 'Cafe', grade: 'A', lng: 51.4, lat: 35.7, radius_m: 3000, areaIds: [] };
const vendors: Vendor[] = [
  { ...base, code: '0012345', name: 'کافه، «گل»', areaIds: [1, 2, 3], status: 5, is_dual: 1, availability: 0.25 },
  { ...base, code: '98765432109876543210', name: 'say "hi",\nyou', grade: 'B', status: 1, radius_assumed: 1 },
  { ...base, code: 'a1b2c3', name: '=1+1', line: 'Bakery', platform: 'snappfood', lng: 51.9, visible: 0 },
];
const exported = {
  vendors,
  filter: { ...EVERY_VENDOR, only: { line: ['Cafe', 'Bakery'] }, codes: ['0012345'] },
  mode: { kind: 'own', percent: 50 } as const,
  radii: { kind: 'own', percent: 50 } as const,
  areas,
  city: 'Tehran',
  cityKey: 'tehran',
  bounds: null,
  at: '2026-11-25T10:00:00.000Z',
  lang: 'en' as const,
  i18n,
};
const columns = vendorColumns(exported);

/** An independent RFC 4180 parser: quoted fields may contain commas, line breaks and doubled quotes. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('a CSV file has a byte order mark and reads back as the exported vendors', async () => {
  const { name, blob } = await exportVendors(exported, 'csv');
  expect(name).toBe('foodmap-vendors-tehran-2026-11-25.csv');
  const bytes = new Uint8Array(await blob.arrayBuffer());
  expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const text = new TextDecoder().decode(bytes);
  // Every text is quoted, and numbers are not.
  expect(text).toContain('"\'=1+1"');
  expect(text).toMatch(/^"Name","Code",/);
  expect(text).toContain(',35.7,51.4');
  const [head, ...rows] = readCsv(text);
  expect(head).toEqual(columns.map(({ label }) => label));
  const of = (label: string) => rows.map((row) => row[head?.indexOf(label) ?? -1]);
  expect(of('Code')).toEqual(vendors.map(({ code }) => code));
  expect(of('Name')).toEqual([vendors[0]?.name, vendors[1]?.name, "'=1+1"]);
  expect(of('Marketing area')).toEqual(['ونک; میرداماد', '', '']);
  expect(of('Status')).toEqual(['5', '1', '']);
  expect(of('Effective radius (m)')).toEqual(['1500', '1500', '1500']);
  expect(of('Longitude')).toEqual(['51.4', '51.4', '51.9']);
});

test('a workbook has three sheets with typed cells and a correct summary', async () => {
  const { name, blob } = await exportVendors(exported, 'xlsx');
  expect(name).toBe('foodmap-vendors-tehran-2026-11-25.xlsx');
  const sheets = await readWorkbook(Buffer.from(await blob.arrayBuffer()));
  expect(sheets.map(({ sheet }) => sheet)).toEqual(['Vendors', 'Applied Filters', 'Summary']);
  const [[head = [], ...rows] = [], [, ...filters] = [], [, ...summary] = []] = sheets.map(({ data }) => data);
  const of = (label: string) => rows.map((row) => row[head.indexOf(label)]);
  expect(of('Code')).toEqual(vendors.map(({ code }) => code));
  expect(of('Name')).toEqual(vendors.map(({ name }) => name));
  expect(of('Status')).toEqual([5, 1, null]);
  expect(of('Availability')).toEqual([0.25, null, null]);
  expect(filters).toContainEqual(['City', 'Tehran']);
  expect(filters).toContainEqual(['Codes', '0012345']);
  expect(filters).toContainEqual([
    'Exported',
    expect.stringMatching(/November 25, 2026 at 1:30\sPM Iran Standard Time/),
  ]);
  expect(filters.flat().join()).toContain('Cafe');
  expect(filters.flat().join()).toContain('50%');
  expect(summary[0]).toEqual(['All', null, 3]);
  expect(summary).toContainEqual(['Platform', 'tapsifood', 2]);
  for (const by of ['Platform', 'Line', 'Grade', 'Status']) {
    const counted = summary.filter(([group]) => group === by).map(([, , n]) => Number(n));
    expect(
      counted.reduce((a, b) => a + b, 0),
      by,
    ).toBe(3);
  }
});

test('vendors are sorted by number, by name and by grade order, and unknown values come last', () => {
  const by = (column: string, isDescending = false, order?: string[]) => {
    const found = columns.find(({ id }) => id === column);
    if (!found) throw new Error(column);
    return sortVendors(vendors, found, { column, isDescending }, order).map(({ code }) =>
      vendors.findIndex((v) => v.code === code),
    );
  };
  expect(by('status')).toEqual([1, 0, 2]);
  expect(by('status', true)).toEqual([0, 1, 2]);
  expect(by('code')).toEqual([0, 1, 2]);
  expect(by('grade', false, ['B', 'A'])).toEqual([1, 0, 2]);
});

test('vendors in view are those inside its bounding box', () => {
  expect(vendorsIn(vendors, [51.5, 35, 52, 36]).map(({ code }) => code)).toEqual(['a1b2c3']);
});
