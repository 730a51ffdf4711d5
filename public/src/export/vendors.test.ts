import { inflateRawSync } from 'node:zlib';
import { EVERY_VENDOR } from '@styles/vendorFilter';
import readWorkbook from 'read-excel-file/node';
import type { Area } from '../areas/areaList';
import { DEFAULT_CONFIG } from '../data/config';
import { formatFor } from '../i18n/format';
import { i18nFor } from '../i18n/i18n';
import { TEXTS } from '../i18n/texts';
import type { Vendor } from '../vendors/vendorTable';
import { vendorColumns } from './columns';
import { EXPORT_KINDS } from './file';
import { sortVendors } from './sort';
import { exportVendors, vendorsIn } from './vendorFile';
import { columnLetters, tableAsWorkbook } from './workbook';

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
  snapshotAt: '2026-11-24T20:40:00.000Z',
  at: '2026-11-25T21:00:00.000Z',
  lang: 'en' as const,
  i18n,
};
const columns = vendorColumns(exported);

/** A file of a workbook, which is a zip archive: found by its local header, which the writer fills in completely. */
async function xmlOf(archive: Buffer, path: string): Promise<string> {
  const at = archive.indexOf(path) - 30;
  const [method, size, extra] = [
    archive.readUInt16LE(at + 8),
    archive.readUInt32LE(at + 18),
    archive.readUInt16LE(at + 28),
  ];
  const start = at + 30 + path.length + extra;
  const stored = archive.subarray(start, start + size);
  return (method === 0 ? stored : inflateRawSync(stored)).toString('utf8');
}

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
  expect(name).toBe('foodmap-vendors-tehran-2026-11-26.csv');
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
  expect(name).toBe('foodmap-vendors-tehran-2026-11-26.xlsx');
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
    expect.stringMatching(/^November 26, 2026 at 12:30 AM Iran Standard Time$/),
  ]);
  expect(filters.flat().join()).toContain('Cafe');
  expect(filters.flat().join()).toContain('50%');
  expect(summary[0]).toEqual(['All', null, 3]);
  expect(summary).toContainEqual(['Platform', 'Tapsifood', 2]);
  for (const by of ['Platform', 'Line', 'Grade', 'Status']) {
    const counted = summary.filter(([group]) => group === by).map(([, , n]) => Number(n));
    expect(
      counted.reduce((a, b) => a + b, 0),
      by,
    ).toBe(3);
  }
});

test('a Persian workbook is Persian throughout, without marks, with filter buttons and the time of the snapshot', async () => {
  const persian = { text: TEXTS.fa, format: formatFor('fa', 'Asia/Tehran') };
  const named = [area(1, 'marketing', '\u200eونک\u00a0شمالی'), ...areas.slice(1)];
  const inPersian = { ...exported, lang: 'fa' as const, i18n: persian, areas: named, city: 'تهران' };
  const { blob } = await exportVendors(inPersian, 'xlsx');
  const bytes = Buffer.from(await blob.arrayBuffer());
  const sheets = await readWorkbook(bytes);
  expect(sheets.map(({ sheet }) => sheet)).toEqual(['فروشندگان', 'فیلترها', 'خلاصه']);
  const [vendorSheet, filters, summary] = sheets.map(({ data }) => data);
  const of = (label: string) => vendorSheet?.slice(1).map((row) => row[vendorSheet[0]?.indexOf(label) ?? -1]);
  expect(of('پلتفرم')).toEqual(['تپسی‌فود', 'تپسی‌فود', 'اسنپ‌فود']);
  expect(of('رسته')).toEqual(['کافه', 'کافه', 'نانوایی']);
  expect(of('نمایان')).toEqual([null, null, 'خیر']);
  expect(of('محدودهٔ بازاریابی')?.[0]).toBe('ونک شمالی؛ میرداماد');
  expect(filters).toContainEqual(['زمان داده‌های فروشندگان', expect.stringMatching(/^۴ آذر ۱۴۰۵ ساعت ۰:۱۰/)]);
  expect(summary).toContainEqual(['پلتفرم', 'اسنپ‌فود', 1]);
  for (const value of sheets.flatMap(({ data }) => data.flat())) {
    expect(String(value)).not.toMatch(/[\u200E\u200F\u2066-\u2069\u00A0\u202F]/);
  }
  // Lists have the comma of Persian.
  expect((filters ?? []).flat().join('\n')).not.toMatch(/[,;]/);
  const words = [...(summary ?? []), ...(filters ?? [])].flat().filter((value) => typeof value === 'string');
  // Only grades, codes and units are in Latin script.
  expect(words.filter((word) => /[A-Za-z]{3}/.test(word))).toEqual([]);
  const sheet = await xmlOf(bytes, 'xl/worksheets/sheet1.xml');
  expect(sheet).toContain(`<autoFilter ref="A1:${columnLetters(columns.length)}4"/>`);
});

test('a workbook of one Persian table is Persian, without marks, with filter buttons', async () => {
  const rows = [
    ['محدوده', 'هدف'],
    ['\u200fونک\u00a0شمالی', 12],
  ];
  const bytes = Buffer.from(await (await tableAsWorkbook('فاصله تا هدف', rows, true)).arrayBuffer());
  const [table] = await readWorkbook(bytes);
  expect(table).toEqual({
    sheet: 'فاصله تا هدف',
    data: [
      ['محدوده', 'هدف'],
      ['ونک شمالی', 12],
    ],
  });
  const sheet = await xmlOf(bytes, 'xl/worksheets/sheet1.xml');
  expect(sheet).toContain('<autoFilter ref="A1:B2"/>');
  expect(sheet).toContain('rightToLeft="1"');
});

test('a workbook names status codes as the configuration does, and a CSV file keeps the codes', async () => {
  const statuses = { 5: { fa: 'فعال', en: 'Active' } };
  for (const [lang, name] of [
    ['en', 'Active'],
    ['fa', 'فعال'],
  ] as const) {
    const named = { ...exported, lang, i18n: i18nFor(lang, { ...DEFAULT_CONFIG, statuses }) };
    const at = vendorColumns(named).findIndex(({ id }) => id === 'status');
    const book = await exportVendors(named, 'xlsx');
    const [sheet] = await readWorkbook(Buffer.from(await book.blob.arrayBuffer()));
    expect(sheet?.data.slice(1).map((row) => row[at])).toEqual([name, lang === 'fa' ? '۱' : '1', null]);
    const csv = readCsv(await (await exportVendors(named, 'csv')).blob.text());
    expect(csv.slice(1).map((row) => row[at])).toEqual(['5', '1', '']);
  }
});

test('names of files have the day in the time zone of the map', async () => {
  for (const [zone, day] of [
    ['Asia/Tehran', '2026-11-26'],
    ['UTC', '2026-11-25'],
    ['Pacific/Kiritimati', '2026-11-26'],
  ] as const) {
    const zoned = { ...exported, i18n: { text: TEXTS.en, format: formatFor('en', zone) } };
    for (const kind of EXPORT_KINDS)
      expect((await exportVendors(zoned, kind)).name).toBe(`foodmap-vendors-tehran-${day}.${kind}`);
  }
});

test('columns of a workbook have the names of spreadsheets', () => {
  expect([1, 26, 27, 52, 53, 702, 703].map(columnLetters)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA']);
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
