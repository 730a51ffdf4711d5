import { EVERY_VENDOR, type VendorFilter } from '@styles/vendorFilter';
import { activeFilter, keysInside, usableFields } from './activeFilter';

const vendors = [
  { platform: 'tapsifood', code: '1', line: 'Cafe', grade: 'A', status: 5, open: 0, is_dual: 1, areaIds: [7] },
  { platform: 'snappfood', code: '1', line: 'Cafe', grade: 'B', is_dual: 0, areaIds: [7, 8] },
  { platform: 'snappfood', code: '2', line: 'Bakery', grade: 'B', availability: 0.5, is_dual: 1, areaIds: [] },
];

test('a field is usable if some vendor of the type has a known value', () => {
  const parts = (type: VendorFilter['type']): string[] => [...usableFields(vendors, { type })].toSorted();
  expect(parts('tapsifood')).toEqual(['grade', 'is_dual', 'line', 'open', 'status']);
  expect(parts('snappfood')).toEqual(['availability', 'grade', 'is_dual', 'line']);
  expect(parts('snappfood-alone')).toEqual(['grade', 'line']);
  expect(parts('combined')).toEqual(['grade', 'is_dual', 'line', 'open', 'status']);
});

test('a field that is not offered does not filter until its type is chosen again', () => {
  const filter: VendorFilter = {
    ...EVERY_VENDOR,
    type: 'snappfood',
    only: { line: ['Cafe'], status: ['5'] },
    flags: { open: true, is_dual: false },
    availability: 0.3,
  };
  expect(activeFilter(filter, usableFields(vendors, filter))).toEqual({
    ...filter,
    only: { line: ['Cafe'] },
    flags: { is_dual: false },
  });
  const tapsifood = { ...filter, type: 'tapsifood' } as const;
  expect(activeFilter(tapsifood, usableFields(vendors, tapsifood))).toEqual({ ...tapsifood, availability: 0 });
});

test('vendors in the chosen areas are identified by platform and code', () => {
  expect(keysInside(vendors, { areas: [8] })).toEqual(['snappfood 1']);
  expect(keysInside(vendors, { areas: [7, 8] })).toEqual(['tapsifood 1', 'snappfood 1']);
  expect(keysInside(vendors, { areas: [] })).toEqual([]);
});
