import type { City } from '@styles/base';
import { cityAt } from './userPlace';

const city = (key: string, bounds: City['bounds']): City => ({ ...({} as City), key, bounds });
const CITIES = [city('tehran', [51, 35.5, 51.7, 35.9]), city('shiraz', [52.3, 29.4, 52.8, 29.9])];

test('a place belongs to the city in whose box it is', () => {
  expect(cityAt({ lng: 52.5, lat: 29.6 }, CITIES)?.key).toBe('shiraz');
  expect(cityAt({ lng: 51.7, lat: 35.9 }, CITIES)?.key).toBe('tehran');
  expect(cityAt({ lng: 48, lat: 38 }, CITIES)).toBeNull();
});
