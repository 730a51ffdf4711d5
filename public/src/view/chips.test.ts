import { DEFAULT_CONFIG } from '../data/config';
import { formatFor } from '../i18n/format';
import { i18nFor } from '../i18n/i18n';
import { TEXTS } from '../i18n/texts';
import { parseState, type State } from '../state/state';
import { chipsOf } from './chips';
import type { Model } from './model';

const model = {
  config: { ...DEFAULT_CONFIG, defaults: { lines: ['Restaurant'], window: '30d' } },
  dataset: { layer: { slot: '30d' }, lines: ['Restaurant', 'Cafe'] },
  vendorTable: null,
  areaList: { city: 'tehran', areas: [{ id: 7, name: 'ونک' }] },
} as unknown as Model;
const defaults = { lang: 'en', theme: 'day', density: { lines: ['Restaurant'], window: '30d' } } as const;

function chipsAt(hash: string, known = model) {
  return chipsOf(parseState(hash, defaults), known, { text: TEXTS.en, format: formatFor('en', 'UTC') });
}
const labels = (hash: string, known = model) => chipsAt(hash, known).map(({ label }) => label);

test('every filter that acts is a chip, and no other', () => {
  expect(labels('')).toEqual(['Restaurant', 'Last 30 days']);
  expect(labels('#line=all')).toEqual(['Last 30 days']);
  // Vendors do not depend on lines or days of orders.
  expect(labels('#density=off&over=vendors')).toEqual(['Status: 5', 'Visible: Yes']);
  expect(labels('#density=off&over=coverage')).toEqual(['Restaurant', 'Status: 5', 'Visible: Yes']);
  // The list of areas and their popups count orders of the lines and the filtered vendors.
  expect(labels('#density=off&over=areas')).toEqual(['Restaurant', 'Last 30 days', 'Status: 5', 'Visible: Yes']);
  expect(labels('#density=off&over=population')).toEqual([]);
});

test('each part of the vendor filter has a chip', () => {
  const hash =
    '#density=off&over=vendors&vendor-type=snappfood-alone&vendor-status=all&vendor-grade=A%2B&vendor-grade=B' +
    '&vendor-open=no&vendor-visible=any&vendor-code=x1+x2&vendor-availability=0.5&delivery=2.5km&in=7';
  expect(labels(hash)).toEqual([
    'Grade: A+ and B',
    'Open: No',
    'Snappfood only',
    'codes from a list of 2',
    'availability at least 50%',
    'Delivery radius: 2.5 km',
    'ونک',
  ]);
  expect(labels('#density=off&over=vendors&vendor-status=all&vendor-visible=any&in=1.2.3.4.5')).toEqual(['in 5 areas']);
});

test('the chip of legend classes says that they limit only the map', () => {
  expect(labels('#line=all&class-density=4+6')).toContain('Only on the map: density classes 5 and 7');
  expect(labels('#density=off&over=coverage&class-coverage=0')).toContain('Only on the map: coverage classes 1');
  const persian = { text: TEXTS.fa, format: formatFor('fa', 'UTC') };
  const [chip] = chipsOf(parseState('#line=all&class-density=4', defaults), model, persian).slice(-1);
  expect(chip?.label).toBe('فقط روی نقشه: رده‌های تراکم ۵');
  // A class of what is not drawn does not act.
  expect(labels('#line=all&view=heat&class-density=4')).toEqual(['Last 30 days']);
});

test('a Persian list has no Latin comma', () => {
  const persian = { text: TEXTS.fa, format: formatFor('fa', 'UTC') };
  const hash = '#over=vendors&vendor-line=Cafe&vendor-line=Bakery&vendor-line=Restaurant&class-density=0+2+4';
  for (const { label } of chipsOf(parseState(hash, defaults), model, persian)) expect(label).not.toMatch(/[,;]/);
  const lists = chipsOf(parseState(hash, defaults), model, persian).filter(({ label }) => label.includes('،'));
  expect(lists.map(({ id }) => id)).toEqual(['line', 'classes density']);
});

test('status codes have the names of the configuration', () => {
  const names = { statuses: { 5: { fa: 'فعال', en: 'Active' } }, vendor_statuses: { 2: { fa: 'تازه', en: 'New' } } };
  const hash = '#density=off&over=vendors&vendor-status=5&vendor-status=3&vendor-vendor_status=2&vendor-visible=any';
  for (const [lang, wanted] of [
    ['en', ['Status: Active and 3', 'Vendor status: New']],
    ['fa', ['وضعیت: فعال و ۳', 'وضعیت فروشنده: تازه']],
  ] as const) {
    const chips = chipsOf(parseState(hash, defaults), model, i18nFor(lang, { ...DEFAULT_CONFIG, ...names }));
    expect(chips.map(({ label }) => label)).toEqual(wanted);
  }
});

test('removing every chip leaves no filter', () => {
  const hash =
    '#over=coverage&over=vendors&line=Cafe&line=Restaurant&window=7d&vendor-grade=A&vendor-open=no&in=7&delivery=grade';
  const other = { ...model, dataset: { ...model.dataset, layer: { slot: '7d' } } } as unknown as Model;
  let state: State = parseState(hash, defaults);
  const i18n = { text: TEXTS.en, format: formatFor('en', 'UTC') };
  for (let i = 0; i < 20; i += 1) {
    const shown = state.window === '30d' ? model : other;
    const removable = chipsOf(state, shown, i18n).find(({ without }) => without !== null);
    if (!removable) break;
    state = { ...state, ...removable.without };
  }
  expect(chipsOf(state, model, i18n)).toEqual([{ id: 'window', label: 'Last 30 days', without: null }]);
  expect(state.vendorFilter).toMatchObject({ only: {}, codes: [], areas: [], availability: 0 });
});
