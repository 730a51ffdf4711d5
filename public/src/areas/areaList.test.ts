import { type AreaFeature, areasOf } from './areaList';

const label = (attributes: Record<string, unknown>, lng: number): AreaFeature => ({
  attributes,
  place: [lng, 35],
  bounds: [lng, 35, lng, 35],
});
const outline = (id: number, bounds: AreaFeature['bounds']): AreaFeature => ({
  attributes: { id },
  place: null,
  bounds,
});
const named = (id: number, kind: string, name: string, city = 2): Record<string, unknown> => ({
  id,
  kind,
  name,
  name_norm: name,
  city,
});

test('the bounds of an area contain its parts in all tiles', () => {
  const parts = [
    outline(1, [51, 35, 51.2, 35.1]),
    label({ ...named(1, 'region', 'منطقه ۱'), population: 900, density_km2: 45.5 }, 51.1),
    outline(1, [51.2, 34.9, 51.3, 35.1]),
  ];
  expect(areasOf(parts, 2)).toEqual([
    {
      id: 1,
      kind: 'region',
      name: 'منطقه ۱',
      search: 'منطقه ۱',
      population: 900,
      densityKm2: 45.5,
      place: [51.1, 35],
      bounds: [51, 34.9, 51.3, 35.1],
    },
  ]);
});

test('areas are sorted by kind and name, with numbers by value, without those of other cities', () => {
  const parts = [
    label(named(1, 'region', 'منطقه ۱۰'), 51.1),
    label(named(2, 'region', 'منطقه ۲'), 51.2),
    label(named(3, 'marketing', 'ونک'), 51.3),
    label(named(4, 'marketing', 'الهیه', 5), 52.5),
    label({ id: 5, kind: 'unknown' }, 51.4),
  ];
  expect(areasOf(parts, 2).map(({ id }) => id)).toEqual([3, 2, 1]);
});

test('an area without a census has a null population', () => {
  expect(areasOf([label(named(1, 'marketing', 'ونک'), 51)], 2)).toMatchObject([{ population: null, densityKm2: null }]);
});
