import type { Bounds } from '@styles/base';
import { parsePlace } from './places';

const tehran: Bounds = [51.0, 35.45, 51.75, 35.9];
const place = { lat: 35.7219, lng: 51.3347 };

test('decimal degrees are parsed in both scripts, with brackets, directions and any decimal sign', () => {
  for (const typed of [
    '35.7219, 51.3347',
    '35.7219 51.3347',
    '۳۵٫۷۲۱۹، ۵۱٫۳۳۴۷',
    ' \u200f35.7219°, 51.3347° ',
    '35.7219° N, 51.3347° E',
    '35.7219N 51.3347E',
    'N 35.7219 E 51.3347',
    '51.3347° E, 35.7219° N',
    '(35.7219, 51.3347)',
    '[35.7219, 51.3347]',
    '35/7219 51/3347',
    '۳۵/۷۲۱۹ ۵۱/۳۳۴۷',
    '35,7219 51,3347',
    '۳۵٫۷۲۱۹ شمالی ۵۱٫۳۳۴۷ شرقی',
  ]) {
    expect(parsePlace(typed), typed).toEqual(place);
  }
});

test('degrees with minutes and seconds are parsed, with and without directions', () => {
  const fine = { lat: 35.7219444, lng: 51.3347222 };
  for (const typed of [
    `35°43'19"N 51°20'05"E`,
    '35° 43′ 19″ N, 51° 20′ 05″ E',
    `51°20'05"E 35°43'19"N`,
    `35°43'19" 51°20'05"`,
    '۳۵°۴۳′۱۹″ ۵۱°۲۰′۰۵″',
    `N35°43'19" E51°20'05"`,
  ]) {
    expect(parsePlace(typed), typed).toEqual(fine);
  }
  expect(parsePlace("33°30'S 70°15'W")).toEqual({ lat: -33.5, lng: -70.25 });
});

test('links of other maps are parsed', () => {
  for (const link of [
    'https://www.google.com/maps/@35.7219,51.3347,15z',
    'https://www.google.com/maps/place/Vanak/@35.7,51.3,17z/data=!3m1!4b1!4m6!3m5!8m2!3d35.7219!4d51.3347',
    'https://maps.google.com/?q=35.7219,51.3347',
    'https://www.google.com/maps/search/?api=1&query=35.7219%2C51.3347',
    'https://www.openstreetmap.org/#map=15/35.7219/51.3347',
    'https://www.openstreetmap.org/?mlat=35.7219&mlon=51.3347#map=12/35.1/51.1',
    'https://neshan.org/maps/@35.7219,51.3347,15z,0p',
    'https://neshan.org/maps/places/abc#c35.7219-51.3347-15z-0p',
    'https://balad.ir/location?latitude=35.7219&longitude=51.3347&zoom=15',
    'https://waze.com/ul?ll=35.7219,51.3347&navigate=yes',
    'geo:35.7219,51.3347',
    'google.com/maps/dir//35.7219,51.3347',
  ]) {
    expect(parsePlace(link), link).toEqual(place);
  }
  expect(parsePlace('https://example.com/35/51')).toBeNull();
});

test('the box of a city decides the order, unless directions are written', () => {
  expect(parsePlace('51.3347, 35.7219', [tehran])).toEqual(place);
  expect(parsePlace('[51.3347, 35.7219]', [tehran])).toEqual(place);
  expect(parsePlace('35.7219, 51.3347', [tehran])).toEqual(place);
  expect(parsePlace('51.3347, 35.7219')).toEqual({ lat: 51.3347, lng: 35.7219 });
  expect(parsePlace('51.3347 N 35.7219 E', [tehran])).toEqual({ lat: 51.3347, lng: 35.7219 });
  // No city decides: latitude is first.
  expect(parsePlace('48.8, 2.3', [tehran])).toEqual({ lat: 48.8, lng: 2.3 });
});

test('other text is not a location', () => {
  for (const typed of ['35.7', '95, 51', '35, 181', '35.7, north', '1, 2, 3', 'v-9', '', '35 N 51 N', 'منطقه 12']) {
    expect(parsePlace(typed), typed).toBeNull();
  }
});
