import { parseState } from '../state/state';
import type { Model } from '../view/model';
import { pictureName } from './pictureName';

const model = {
  catalog: { cities: [{ key: 'tehran' }, { key: 'shiraz' }], home: null },
  dataset: {
    layer: { from: '2026-10-26', to: '2026-11-24' },
    lines: ['Restaurant', 'Ice Cream and Juice Shop', 'Cafe'],
  },
} as unknown as Model;
const nameAt = (hash: string) => pictureName(parseState(hash, { lang: 'fa', theme: 'day' }), model);

test('a picture is named after the city, the layers, the lines and the days', () => {
  expect(nameAt('')).toBe('foodmap-tehran-orders-2026-10-26_2026-11-24.png');
  expect(nameAt('#city=shiraz&kind=users&line=Ice+Cream+and+Juice+Shop&over=vendors')).toBe(
    'foodmap-shiraz-users-vendors-ice-cream-and-juice-shop-2026-10-26_2026-11-24.png',
  );
  expect(nameAt('#density=off&over=areas&fill=population')).toBe('foodmap-tehran-areas-population.png');
  expect(nameAt('#density=off&over=coverage&line=Cafe')).toBe('foodmap-tehran-coverage-cafe.png');
  expect(nameAt('#density=off&over=areas&fill=orders&line=Cafe')).toBe(
    'foodmap-tehran-areas-orders-cafe-2026-10-26_2026-11-24.png',
  );
});

test('a picture of growth is named after both periods', () => {
  const before = { from: '2026-09-26', to: '2026-10-25' };
  const growth = { ...model, dataset: { ...model.dataset, growth: { before } } } as unknown as Model;
  const state = parseState('#growth=before', { lang: 'fa', theme: 'day' });
  expect(pictureName(state, growth)).toBe(
    'foodmap-tehran-orders-2026-10-26_2026-11-24-against-2026-09-26_2026-10-25.png',
  );
});
