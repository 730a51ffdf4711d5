import { EVERY_VENDOR } from '@styles/vendorFilter';
import { formatFor } from '../i18n/format';
import { TEXTS } from '../i18n/texts';
import { parseState } from '../state/state';
import type { Model } from './model';
import { summaryOf } from './summary';

const model = {
  catalog: { cities: [{ key: 'tehran', name_en: 'Tehran', name_fa: 'تهران' }], holidays: [] },
  dataset: { layer: { from: '2026-10-26', to: '2026-11-24' }, lines: ['Restaurant', 'Cafe', 'Bakery'] },
  compared: { layer: { from: '2026-11-18', to: '2026-11-24' }, lines: ['Restaurant', 'Cafe', 'Bakery'] },
  overlays: [{ overlay: 'coverage', lines: ['Restaurant', 'Cafe', 'Bakery'] }],
} as unknown as Model;

function sentences(hash: string, lang: 'en' | 'fa', counts: { shown: number; all: number } | null = null) {
  const state = parseState(hash, { lang, theme: 'day', density: { lines: ['Restaurant'], window: null } });
  const summary = summaryOf(state, model, counts, {
    text: TEXTS[lang],
    format: formatFor(lang, 'UTC', () => Date.parse('2026-11-25')),
  });
  // Intl separates the ends of a range with thin spaces.
  return summary.map(([about, words]) => [about, words.replaceAll('\u2009', ' ')]);
}

test('the density sentence has kind, lines, city, days and view', () => {
  expect(sentences('#kind=users&view=heat', 'en')).toEqual([
    ['density', 'Restaurant distinct users · Tehran · Oct 26 – Nov 24 · heatmap'],
  ]);
  expect(sentences('#line=all', 'en')[0]?.[1]).toBe('Orders, all lines · Tehran · Oct 26 – Nov 24');
  expect(sentences('#line=Restaurant&line=Cafe', 'en')[0]?.[1]).toMatch(/^Restaurant and Cafe orders · Tehran/);
  expect(sentences('#line=Restaurant&line=Cafe&line=Bakery', 'en')[0]?.[1]).toMatch(/^Orders, all lines/);
  expect(sentences('', 'fa')).toEqual([['density', 'سفارش‌های رستوران · تهران · ۴ آبان تا ۳ آذر']]);
});

test('the days of another year have the year', () => {
  const old = { ...model, dataset: { ...model.dataset, layer: { from: '2008-06-04', to: '2008-06-10' } } } as Model;
  const [first] = summaryOf(parseState('', { lang: 'en', theme: 'day' }), old, null, {
    text: TEXTS.en,
    format: formatFor('en'),
  });
  expect(first?.[1].replaceAll('\u2009', ' ')).toContain('Jun 4 – 10, 2008');
});

test('the comparison has the second sentence', () => {
  expect(sentences('#vs=users&vs-window=7d', 'en')[1]).toEqual([
    'compared',
    'Compared with: Restaurant distinct users · Nov 18 – 24',
  ]);
  expect(sentences('#vs=users&vs-window=7d', 'fa')[1]?.[1]).toBe(
    'در مقایسه با: کاربران یکتای رستوران · ۲۷ آبان تا ۳ آذر',
  );
  expect(sentences('#density=off&vs=users', 'en')).toHaveLength(1);
});

test('holidays of the days are listed, and with many of them only their names', () => {
  const spans = [
    { from: '2026-03-20', to: '2026-04-02', name: 'nowruz' },
    { from: '2026-11-14', to: '2026-11-14', name: null },
    { from: '2026-11-22', to: '2026-11-30', name: 'Sale week' },
  ];
  const withHolidays = (hash: string, lang: 'en' | 'fa', holidays = spans) => {
    const held = { ...model, catalog: { ...model.catalog, holidays } } as Model;
    const i18n = { text: TEXTS[lang], format: formatFor(lang, 'UTC', () => Date.parse('2026-11-25')) };
    const summary = summaryOf(parseState(hash, { lang, theme: 'day' }), held, null, i18n);
    return summary.map(([about, words]) => [about, words.replaceAll('\u2009', ' ')]);
  };
  expect(withHolidays('', 'en')[1]).toEqual([
    'holidays',
    '4 of these days are holidays or quiet days: holiday (Nov 14) and Sale week (Nov 22 – 24).',
  ]);
  expect(withHolidays('', 'fa')[1]?.[1]).toBe(
    '۴ روز از این روزها تعطیل یا خلوت است: تعطیل (۲۳ آبان) و Sale week (۱ آذر تا ۳ آذر).',
  );
  expect(withHolidays('#vs=users&vs-window=7d', 'en').slice(2)).toEqual([
    ['compared', 'Compared with: Distinct users, all lines · Nov 18 – 24'],
    ['compared-holidays', '3 of these days are holidays or quiet days: Sale week (Nov 22 – 24).'],
  ]);
  expect(withHolidays('', 'en', spans.slice(1, 2))[1]?.[1]).toBe(
    '1 of these days is a holiday or quiet day: holiday (Nov 14).',
  );
  const many = [1, 3, 5, 7].map((day) => ({ from: `2026-11-0${day}`, to: `2026-11-0${day}`, name: 'eids' }));
  expect(withHolidays('', 'en', many)[1]?.[1]).toBe('4 of these days are holidays or quiet days: Eid.');
  expect(withHolidays('', 'en', spans.slice(0, 1))).toHaveLength(1);
  expect(withHolidays('#density=off&over=areas', 'en')).toHaveLength(1);
});

test('the vendor sentence has every part of the filter', () => {
  const hash =
    '#density=off&over=vendors&vendor-grade=A%2B&vendor-grade=A&vendor-open=no&vendor-code=x1+x2&vendor-availability=0.5';
  expect(sentences(hash, 'en', { shown: 3, all: 9000 })).toEqual([
    [
      'vendors',
      '3 of 9,000 vendors in Tehran: grade A+ and A, status 5, visible, not open, codes from a list of 2, and availability at least 50%.',
    ],
  ]);
  expect(sentences('#density=off&over=vendors', 'fa', { shown: 3, all: 9000 })).toEqual([
    ['vendors', '۳ از ۹٬۰۰۰ فروشندهٔ تهران: وضعیت ۵ و نمایان.'],
  ]);
  const every = '#density=off&over=vendors&vendor-status=all&vendor-visible=any';
  expect(parseState(every, { lang: 'en', theme: 'day' }).vendorFilter).toEqual(EVERY_VENDOR);
  expect(sentences(every, 'en')).toEqual([['vendors', 'Vendors in Tehran: all.']]);
});

test('each overlay has its own sentence, in the order of the map', () => {
  expect(sentences('#over=coverage&over=areas&over=population&areas=region', 'en').slice(1)).toEqual([
    ['coverage', 'Coverage in Tehran: vendors ÷ target, Restaurant.'],
    ['areas', 'Outlines of regions in Tehran.'],
    ['population', 'Population of Tehran as dots.'],
    ['vendors', 'Vendors in Tehran: status 5 and visible.'],
  ]);
  expect(sentences('#over=coverage&line=all', 'en')[1]?.[1]).toBe(
    'Coverage in Tehran: vendors that deliver to each cell.',
  );
});

test('a changed delivery radius has a sentence only with vendors or coverage', () => {
  const radius = (hash: string) => sentences(hash, 'en').find(([about]) => about === 'radius')?.[1];
  expect(radius('#over=vendors&delivery=2.5km')).toBe('Delivery radius: fixed, 2.5 km.');
  expect(radius('#over=coverage&delivery=50%25')).toBe('Delivery radius: own, 50%.');
  expect(radius('#over=coverage&delivery=grade')).toBe('Delivery radius: by grade.');
  expect(radius('#over=coverage')).toBeUndefined();
  expect(radius('#over=areas&delivery=grade')).toBeUndefined();
});

test('the area sentence names the statistic', () => {
  expect(sentences('#density=off&over=areas&areas=region&fill=per10k', 'en')).toEqual([
    ['areas', 'Regions in Tehran by vendors per 10,000 people.'],
  ]);
  expect(sentences('#density=off&over=areas&areas=region&fill=vendors', 'fa')).toEqual([
    ['areas', 'منطقه‌ها در تهران بر اساس فروشندگان.'],
  ]);
  expect(sentences('#density=off&over=areas&areas=region&fill=orders', 'en')).toEqual([
    ['areas', 'Regions in Tehran by orders, Restaurant, Oct 26 – Nov 24.'],
  ]);
});

test('a cleared map has its own sentence', () => {
  expect(sentences('#density=off', 'en')).toEqual([['nothing', 'Nothing is shown in Tehran. Choose a map.']]);
});
