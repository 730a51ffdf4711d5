import { evaluate } from './evaluate.testing';
import {
  DEFAULT_VENDORS,
  EVERY_VENDOR,
  isSameFilter,
  isShown,
  VENDOR_TYPES,
  type VendorFilter,
  vendorFilterExpression,
  vendorKey,
} from './vendorFilter';

const vendors = [
  {
    code: 'a1b2c3',
    platform: 'tapsifood',
    line: 'Cafe',
    grade: 'A',
    status: 5,
    vendor_status: 1,
    visible: 1,
    open: 0,
    availability: 0.9,
  },
  {
    code: '12345',
    areaIds: [7, 9],
    platform: 'snappfood',
    line: 'Bakery',
    grade: 'A+',
    status: 1,
    is_dual: 1,
    own_delivery: 0,
    availability: 0.25,
  },
  { code: '12345', areaIds: [9], platform: 'tapsifood', line: 'Cafe', grade: 'Ungraded', status: 5, visible: 0 },
  {
    code: 'd4',
    areaIds: [],
    platform: 'snappfood',
    line: 'Restaurant',
    grade: 'B',
    status: 15,
    open: 1,
    is_express: 1,
    availability: 1,
  },
];

const filters: VendorFilter[] = [
  { ...EVERY_VENDOR, only: { line: ['Cafe', 'Bakery'] } },
  { ...EVERY_VENDOR, only: { status: ['5'] } },
  { ...EVERY_VENDOR, type: 'snappfood', only: { status: ['1'] } },
  { ...EVERY_VENDOR, only: { vendor_status: ['1'] } },
  { ...EVERY_VENDOR, flags: { visible: true } },
  { ...EVERY_VENDOR, flags: { visible: false } },
  { ...EVERY_VENDOR, flags: { open: false, visible: true } },
  { ...EVERY_VENDOR, availability: 0.25 },
  { ...EVERY_VENDOR, only: { grade: ['A'] }, flags: { open: false }, availability: 0.95 },
  { ...EVERY_VENDOR, codes: ['a1b2c3', 'zzzzzz'] },
  { ...EVERY_VENDOR, areas: [7] },
  { ...EVERY_VENDOR, areas: [9, 8] },
  { ...EVERY_VENDOR, areas: [1] },
  ...VENDOR_TYPES.slice(1).map((type) => ({ ...EVERY_VENDOR, type })),
];

test('the style filter shows exactly the vendors that the predicate accepts', () => {
  for (const filter of filters) {
    const inside = vendors.filter((vendor) => isShown({ ...EVERY_VENDOR, areas: filter.areas }, vendor)).map(vendorKey);
    const expression = vendorFilterExpression(filter, inside);
    if (!expression) throw new Error('a filter that filters nothing');
    for (const vendor of vendors) {
      expect(evaluate(expression, vendor), JSON.stringify([filter, vendor])).toBe(isShown(filter, vendor));
    }
  }
});

test('a status matches as a whole, and an unknown flag is neither yes nor no', () => {
  const shown = (filter: VendorFilter): number[] =>
    vendors.flatMap((vendor, at) => (isShown(filter, vendor) ? [at] : []));
  expect(filters.map(shown)).toEqual([
    [0, 1, 2],
    [0, 2],
    [1],
    [0],
    [0],
    [2],
    [0],
    [0, 1, 3],
    [],
    [0],
    [1],
    [1, 2],
    [],
    [0, 2],
    [1, 3],
    [3],
    [0, 2, 3],
  ]);
});

test('an empty choice does not filter', () => {
  expect(vendorFilterExpression(EVERY_VENDOR)).toBeNull();
  expect(vendorFilterExpression({ ...EVERY_VENDOR, only: { line: [] } })).toBeNull();
  expect(vendors.every((vendor) => isShown(EVERY_VENDOR, vendor))).toBe(true);
});

test('filters are equal regardless of order, and the default is active and visible', () => {
  const filter = { ...EVERY_VENDOR, only: { line: ['Cafe', 'Bakery'], grade: [] }, areas: [2, 1] };
  expect(isSameFilter(filter, { ...EVERY_VENDOR, only: { line: ['Bakery', 'Cafe'] }, areas: [1, 2] })).toBe(true);
  expect(isSameFilter(filter, EVERY_VENDOR)).toBe(false);
  expect(isSameFilter(DEFAULT_VENDORS, { ...DEFAULT_VENDORS, flags: { visible: false } })).toBe(false);
  expect(vendors.filter((vendor) => isShown(DEFAULT_VENDORS, vendor))).toEqual([vendors[0]]);
});
