import { EVERY_VENDOR } from '@styles/vendorFilter';
import type { Area } from './areaList';
import { type AreaOrders, areaOrdersOf } from './areaOrders';
import { countVendors, type Figures, hasBoundsOf, parseSubset, statOf } from './areaStat';

const vendors = [
  { code: 'a', platform: 'tapsifood', grade: 'A', line: 'Cafe', areaIds: [1, 2] },
  { code: 'b', platform: 'snappfood', grade: 'B', line: 'Cafe', areaIds: [1] },
  { code: 'c', platform: 'snappfood', grade: 'A', line: 'Bakery', areaIds: [1] },
  { code: 'd', platform: 'snappfood', grade: 'A', line: 'Cafe', areaIds: [] },
];
const orders: AreaOrders = areaOrdersOf({
  lines: ['Bakery', 'Cafe', 'Fruit Shop'],
  windows: { '30d': {}, all: {} },
  areas: [
    {
      id: 1,
      windows: {
        '30d': { orders: 60, users: 20, orders_by_line: [10, 20, 30], users_by_line: [5, 12, 9] },
        all: { orders: 600, users: 90, orders_by_line: [100, 200, 300], users_by_line: [50, 70, 60] },
      },
    },
  ],
});
const area: Area = {
  id: 1,
  kind: 'region',
  name: 'منطقه ۱',
  search: 'منطقه ۱',
  population: 40_000,
  densityKm2: 1234.5,
  place: [51, 35],
  bounds: [51, 35, 51.1, 35.1],
};
const figures: Figures = {
  vendors: countVendors(vendors, EVERY_VENDOR, null),
  orders,
  gaps: new Map([[1, 12]]),
  window: '30d',
  lines: [],
};

test('a vendor counts in each area that contains it if it passes the filter and the subset', () => {
  const counts = (filter: Partial<typeof EVERY_VENDOR>, part: string | null): unknown =>
    Object.fromEntries(countVendors(vendors, { ...EVERY_VENDOR, ...filter }, parseSubset(part)));
  expect(counts({}, null)).toEqual({ 1: 3, 2: 1 });
  expect(counts({ only: { line: ['Cafe'] } }, null)).toEqual({ 1: 2, 2: 1 });
  expect(counts({ only: { line: ['Cafe'] } }, 'grade-A')).toEqual({ 1: 1, 2: 1 });
  expect(counts({}, 'platform-snappfood')).toEqual({ 1: 2 });
});

test('each statistic has the right value for an area', () => {
  expect(statOf('population', area, figures)).toBe(40_000);
  expect(statOf('density', area, figures)).toBe(1234.5);
  expect(statOf('vendors', area, figures)).toBe(3);
  expect(statOf('per10k', area, figures)).toBe(0.75);
  expect(statOf('gap', area, figures)).toBe(12);
  expect(statOf('gap', { ...area, id: 9 }, figures)).toBeNull();
  expect(statOf('orders', area, figures)).toBe(60);
  expect(statOf('users', area, figures)).toBe(20);
  expect(statOf('all-users', area, figures)).toBe(90);
});

test('orders of chosen lines add up, and users are at least those of the largest line', () => {
  const some = { ...figures, lines: ['Fruit Shop', 'Cafe'] };
  expect(statOf('orders', area, some)).toBe(50);
  expect(statOf('users', area, some)).toBe(12);
  expect(statOf('all-users', area, { ...figures, lines: ['Bakery'] })).toBe(50);
  expect(statOf('users', area, { ...figures, lines: ['Bakery', 'Cafe', 'Fruit Shop'] })).toBe(20);
  expect(hasBoundsOf('users', [0, 1])).toBe(true);
  expect(hasBoundsOf('users', [1])).toBe(false);
});

test('no vendors is zero, and an unknown value is null', () => {
  const other = { ...area, id: 9, population: null, densityKm2: null };
  expect(statOf('vendors', other, figures)).toBe(0);
  expect(statOf('per10k', other, figures)).toBeNull();
  expect(statOf('orders', other, figures)).toBeNull();
  expect(statOf('orders', area, { ...figures, window: '7d' })).toBeNull();
  expect(statOf('vendors', area, { ...figures, vendors: null })).toBeNull();
});
