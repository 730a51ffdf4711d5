import { VectorTile } from '@mapbox/vector-tile';
import { EVERY_VENDOR } from '@styles/vendorFilter';
import { PbfReader } from 'pbf';
import { squareAt } from '../tiles/cells';
import { OWN_RADIUS } from '../vendors/radius';
import { DeliveryAreas } from './deliveryAreas';
import { VENDOR_LAYER, vendorTile } from './vendorPoints';

const common = { platform: 'tapsifood', line: 'Cafe', grade: 'A', radius_m: 3000, areaIds: [7, 9], availability: 0.25 };
const vendors = [
  { ...common, code: '0012', name: 'کافه نادری', lng: 51.4187, lat: 35.6961 },
  { ...common, code: 'x1', lng: 51.42, lat: 35.7, is_dual: 1 },
  { ...common, code: 'far', lng: 59.6, lat: 36.3 },
];

/** The code, attributes and position of each vendor in the tile that contains a position. */
function vendorsIn(z: number, lng: number, lat: number) {
  const { column: x, row: y } = squareAt(lng, lat, z);
  const deliveryAreas = new DeliveryAreas(vendors, ['Cafe'], ['A']);
  const data = vendorTile(deliveryAreas.select({ tableUrl: '', filter: EVERY_VENDOR, radii: OWN_RADIUS }), { z, x, y });
  const layer = new VectorTile(new PbfReader(new Uint8Array(data))).layers[VENDOR_LAYER];
  return Array.from({ length: layer?.length ?? 0 }, (_, i) => {
    const feature = layer?.feature(i);
    const { geometry } = feature?.toGeoJSON(x, y, z) ?? {};
    return { ...feature?.properties, at: geometry?.type === 'Point' ? geometry.coordinates : [] };
  });
}

test('a tile has each of its vendors, at its position, with the attributes of published tiles', () => {
  const near = vendorsIn(9, 51.42, 35.7);
  expect(near.map(({ at, ...attributes }) => attributes)).toEqual([
    {
      code: '0012',
      name: 'کافه نادری',
      platform: 'tapsifood',
      line: 'Cafe',
      grade: 'A',
      radius_m: 3000,
      availability: 0.25,
    },
    { code: 'x1', platform: 'tapsifood', line: 'Cafe', grade: 'A', radius_m: 3000, availability: 0.25, is_dual: 1 },
  ]);
  for (const [i, { at }] of near.entries()) {
    expect(at[0]).toBeCloseTo(vendors[i]?.lng ?? 0, 3);
    expect(at[1]).toBeCloseTo(vendors[i]?.lat ?? 0, 3);
  }
});

test('a tile of a low zoom has all vendors, and a distant tile has none', () => {
  expect(vendorsIn(4, 51.42, 35.7)).toHaveLength(3);
  expect(vendorsIn(9, 45, 38)).toEqual([]);
});
