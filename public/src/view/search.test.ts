import type { City } from '@styles/base';
import type { Area } from '../areas/areaList';
import type { Vendor } from '../vendors/vendorTable';
import { indexOf, search } from './search';

const area = (name: string): Area => ({ name }) as Area;
const vendor = (code: string, name: string): Vendor => ({ code, name }) as unknown as Vendor;
const index = indexOf(
  'tehran',
  [area('یوسف‌آباد'), area('\u200Eکوی نصر'), area('نصر')],
  [vendor('00123', 'پیتزا نصر'), vendor('12', 'كبابي يوسف'), vendor('v-9', 'Café Nasr'), vendor('123', 'نان ۱۲')],
);
const cities = [
  { key: 'tehran', name_fa: 'تهران', name_en: 'Tehran', bounds: [51, 35.45, 51.75, 35.9] },
  { key: 'shiraz', name_fa: 'شیراز', name_en: 'Shiraz', bounds: [52.3, 29.4, 52.75, 29.9] },
] as unknown as City[];
const results = (typed: string): string[] =>
  search(index, typed, cities).map((result) =>
    result.type === 'place'
      ? `${result.place.lat}/${result.place.lng}`
      : result.type === 'area'
        ? result.area.name
        : result.type === 'city'
          ? result.city.key
          : result.type === 'address'
            ? result.address.name
            : result.vendor.code,
  );

test('codes rank before names, and leading zeros of codes are significant', () => {
  expect(results('123')).toEqual(['123', '00123']);
  expect(results('۰۰۱۲۳')).toEqual(['00123']);
  expect(results('12')[0]).toBe('12');
  expect(results('V-9')).toEqual(['v-9']);
});

test('spellings of the same name match: letters of both scripts, marks, whitespace', () => {
  expect(results('کبابی یوسف')).toEqual(['12']);
  expect(results('كبابي')).toEqual(['12']);
  expect(results('يوسف آباد')).toEqual(['یوسف‌آباد']);
  expect(results('نصر')).toEqual(['نصر', '\u200Eکوی نصر', '00123']);
  expect(results('نصر پیتزا')).toEqual(['00123']);
});

test('an empty search finds nothing, and coordinates need no index', () => {
  expect(results('  \u200c ')).toEqual([]);
  expect(results('zzz')).toEqual([]);
  expect(search(null, '35.7, 51.4')).toHaveLength(1);
});

test('every city is found by its name in either language, and its box decides the order of coordinates', () => {
  expect(results('shir')).toEqual(['shiraz']);
  expect(results('شيراز')).toEqual(['shiraz']);
  expect(results('52.5, 29.6')).toEqual(['29.6/52.5']);
});
