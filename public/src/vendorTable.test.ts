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

test('a row has names for numbers, and nothing for what is unknown', () => {
  const [first, second] = vendorsOf(published);
  expect(first).toMatchObject({ code: 'a1b2c3', platform: 'tapsifood', line: 'Cafe', grade: 'A', status: 5, open: 1 });
  expect(first).not.toHaveProperty('vendor_status');
  expect(second).not.toHaveProperty('availability');
});

test('a vendor has the ids of all areas that hold it', () => {
  expect(vendorsOf(published).map(({ areaIds }) => areaIds)).toEqual([[70, 80, 90], [90], [80]]);
});

test('each choice is counted under the others, not under itself', () => {
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
  expect([...counts.facets.platform]).toEqual([
    ['tapsifood', 1],
    ['snappfood', 1],
  ]);
  expect(counts.flags.visible).toEqual({ yes: 2, no: 0 });
  expect(counts.flags.open).toEqual({ yes: 1, no: 1 });
});
