import { EVERY_VENDOR } from '@styles/vendorFilter';
import { OWN_RADIUS } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';
import { coveringVendors, distanceM } from './covering';
import { DeliveryAreas } from './deliveryAreas';

const place = { lng: 51.4, lat: 35.7 };
const vendor = (code: string, lng: number, radius: number, line = 'Cafe'): Vendor =>
  ({
    code,
    lng,
    lat: 35.7,
    radius_m: radius,
    line,
    grade: 'A',
    platform: 'tapsifood',
    areaIds: [],
  }) as unknown as Vendor;
const vendors = [
  vendor('far', 51.45, 4000),
  vendor('near', 51.41, 1000),
  vendor('out', 51.41, 800),
  vendor('bakery', 51.402, 1000, 'Bakery'),
];
const areas = new DeliveryAreas(vendors, ['Bakery', 'Cafe'], ['A']);
const settings = { tableUrl: '', filter: EVERY_VENDOR, radii: OWN_RADIUS };

test('the vendors whose circle contains the point are listed, nearest first', () => {
  const all = coveringVendors(areas.select(settings), place, []);
  expect(all.map(({ vendor: { code } }) => code)).toEqual(['bakery', 'near']);
  expect(all[1]?.radiusM).toBe(1000);
  // A hundredth of a degree of longitude at this latitude.
  expect(all[1]?.distanceM).toBeCloseTo(903, 0);
  expect(coveringVendors(areas.select(settings), place, [1]).map(({ vendor: { code } }) => code)).toEqual(['near']);
});

test('filter and radii decide who covers the point', () => {
  const wide = { ...settings, radii: { kind: 'fixed', km: 5 } } as const;
  expect(coveringVendors(areas.select(wide), place, [])).toHaveLength(4);
  const few = { ...wide, filter: { ...EVERY_VENDOR, codes: ['far'] } };
  expect(coveringVendors(areas.select(few), place, []).map(({ vendor: { code } }) => code)).toEqual(['far']);
});

test('the distance is that of a great circle', () => {
  expect(distanceM({ lng: 0, lat: 0 }, { lng: 0, lat: 1 })).toBeCloseTo(111_195, -1);
  expect(distanceM(place, place)).toBe(0);
});
