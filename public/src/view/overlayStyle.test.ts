import { EVERY_VENDOR } from '@styles/vendorFilter';
import { DeliveryAreas } from '../coverage/deliveryAreas';
import { DEFAULT_CONFIG } from '../data/config';
import { publishedRadii } from '../data/gradeRadii';
import { parseState } from '../state/state';
import type { Vendor, VendorTable } from '../vendors/vendorTable';
import { coverageSettings } from './overlayStyle';

const GRADES = ['S', 'A+', 'Ungraded'];
const vendors = GRADES.map(
  (grade, i) => ({ code: String(i), grade, line: 'Cafe', lng: 51.4, lat: 35.7, radius_m: 3000 }) as unknown as Vendor,
);
const gradeRadii = publishedRadii({ S: 6, 'A+': 0.3, Ungraded: 0.8 });
const vendorTable: VendorTable = { city: 'tehran', url: '/v1/tables/1', vendors, names: {}, gradeRadii };

/** The radii of the computed circles, in metres. */
function radiiAt(delivery: string, config = DEFAULT_CONFIG): number[] {
  const hash = `#delivery=${encodeURIComponent(delivery)}`;
  const state = { ...parseState(hash, { lang: 'en', theme: 'day' }), vendorFilter: EVERY_VENDOR };
  const settings = coverageSettings(state, { config, vendorTable });
  return new DeliveryAreas(vendors, ['Cafe'], GRADES).select(settings).map(({ circle }) => circle.radiusM);
}

test('coverage by grade uses the published radii', () => {
  expect(radiiAt('grade')).toEqual([6000, 300, 800]);
  expect(radiiAt('S:2')).toEqual([2000, 300, 800]);
});

test('configured radii replace the published ones', () => {
  expect(radiiAt('grade', { ...DEFAULT_CONFIG, grade_radii: { km: { S: 1 }, others: 2 } })).toEqual([1000, 2000, 2000]);
});
