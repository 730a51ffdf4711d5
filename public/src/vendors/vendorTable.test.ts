import { EVERY_VENDOR } from '@styles/vendorFilter';
import { countChoices, vendorsOf } from './vendorTable';

const published = {
  lines: ['Bakery', 'Cafe'],
  grades: ['A', 'B'],
  platforms: ['tapsifood', 'snappfood'],
  areas: [70, 80, 90],
  count: 3,
  columns: {
    code: ['a1b2c3', 'd4e5f6', 'g7h8i9'],
    platform: [0, 0, 1],
    line: [1, 0, 1],
    grade: [0, 1, 1],
    lng_e7: [513_000_000, 514_000_000, 515_000_001],
    lat_e7: [357_000_000, 357_500_000, 358_000_000],
    radius_m: [3000, 2500, 4100],
    radius_assumed: [1, 0, 0],
    status: [5, 5, 1],
    vendor_status: [null, 1, 2],
    visible: [1, 0, 1],
    open: [1, null, 0],
    is_express: [0, 0, 0],
    is_dual: [0, 0, 1],
    own_delivery: [1, 1, 1],
    ofood_delivery: [0, 0, 0],
    availability: [0.5, null, 1],
    marketing: [[0, 1], [], [1]],
    region: [[2], [2], []],
    neighbourhood: [[], [], []],
  },
};

test('a vendor has names instead of indices, and no attribute for unknown values', () => {
  const [first, second] = vendorsOf(published);
  expect(first).toMatchObject({ code: 'a1b2c3', platform: 'tapsifood', line: 'Cafe', grade: 'A', status: 5, open: 1 });
  expect(first).toMatchObject({ lng: 51.3, lat: 35.7, radius_m: 3000, radius_assumed: 1 });
  expect(first).not.toHaveProperty('vendor_status');
  expect(second).not.toHaveProperty('availability');
});

test('a vendor has the ids of all areas that contain it', () => {
  expect(vendorsOf(published).map(({ areaIds }) => areaIds)).toEqual([[70, 80, 90], [90], [80]]);
});

test('the count of an option ignores the other choices of its own field', () => {
  const counts = countChoices(vendorsOf(published), {
    ...EVERY_VENDOR,
    only: { line: ['Cafe'] },
    flags: { visible: true },
  });
  expect([counts.shown, counts.all]).toEqual([2, 3]);
  expect([...counts.facets.line]).toEqual([
    ['Cafe', 2],
    ['Bakery', 0],
  ]);
  expect(counts.types).toEqual({ any: 2, tapsifood: 1, snappfood: 1, 'snappfood-alone': 0, combined: 1 });
  expect(counts.flags.visible).toEqual({ yes: 2, no: 0 });
  expect(counts.flags.open).toEqual({ yes: 1, no: 1 });
});

test('no vendor has the columns that the configuration leaves out', () => {
  const { is_express, availability, ...columns } = published.columns;
  const [vendor] = vendorsOf({ ...published, columns });
  expect(vendor).not.toHaveProperty('availability');
  expect(countChoices(vendorsOf({ ...published, columns }), EVERY_VENDOR).flags.is_express).toEqual({ yes: 0, no: 0 });
});
