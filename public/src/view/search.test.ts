import type { Area } from '../areas/areaList';
import type { Vendor } from '../vendors/vendorTable';
import { indexOf, parsePlace, search } from './search';

const area = (name: string): Area => ({ name }) as Area;
const vendor = (code: string, name: string): Vendor => ({ code, name }) as unknown as Vendor;
const index = indexOf(
  'tehran',
  [area('یوسف‌آباد'), area('\u200Eکوی نصر'), area('نصر')],
  [vendor('00123', 'پیتزا نصر'), vendor('12', 'كبابي يوسف'), vendor('v-9', 'Café Nasr'), vendor('123', 'نان ۱۲')],
);
const results = (typed: string): string[] =>
  search(index, typed).map((result) =>
    result.type === 'place'
      ? `${result.place.lat}/${result.place.lng}`
      : result.type === 'area'
        ? result.area.name
        : result.vendor.code,
  );

test('coordinates are parsed in both scripts, latitude first', () => {
  for (const typed of [
    '35.7, 51.42',
    '35.7,51.42',
    '35.7 51.42',
    '۳۵٫۷، ۵۱٫۴۲',
    '٣٥.٧؛٥١.٤٢',
    ' \u200f35.7°, 51.42° ',
  ]) {
    expect(parsePlace(typed), typed).toEqual({ lat: 35.7, lng: 51.42 });
  }
  expect(parsePlace('-33.9, -70.5')).toEqual({ lat: -33.9, lng: -70.5 });
  for (const typed of ['35.7', '95, 51', '35, 181', '35.7, north', '1, 2, 3', 'v-9', '']) {
    expect(parsePlace(typed), typed).toBeNull();
  }
});

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
