import type { Map as MapLibreMap } from 'maplibre-gl';
import { pickFeature } from './pick';

/** A map whose pixels are thousandths of a degree, with two vendors. */
const vendors = [
  { x: 100, y: 100, code: 'near' },
  { x: 108, y: 100, code: 'far' },
];
const map = {
  project: ([lng, lat]: [number, number]) => ({ x: lng * 1000, y: lat * 1000 }),
  getLayer: (id: string) => id === 'vendors',
  queryRenderedFeatures(at: [number, number] | [[number, number], [number, number]]) {
    const [[left, top], [right, bottom]] = Array.isArray(at[0])
      ? (at as [[number, number], [number, number]])
      : ([at, at] as [[number, number], [number, number]]);
    return vendors
      .filter(({ x, y }) => x >= left && x <= right && y >= top && y <= bottom)
      .toReversed()
      .map(({ x, y, code }) => ({
        geometry: { type: 'Point', coordinates: [x / 1000, y / 1000] },
        properties: { code },
      }));
  },
} as unknown as MapLibreMap;

const picked = (x: number, y: number, tolerancePx: number) =>
  pickFeature(map, { lng: x / 1000, lat: y / 1000 }, ['vendors'], tolerancePx)?.attributes.code;

test('a finger finds the nearest vendor within its tolerance, a pointer only what is below it', () => {
  expect(picked(100, 100, 0)).toBe('near');
  expect(picked(98, 104, 0)).toBeUndefined();
  expect(picked(98, 104, 12)).toBe('near');
  expect(picked(107, 97, 12)).toBe('far');
  expect(picked(100, 113, 12)).toBeUndefined();
});
