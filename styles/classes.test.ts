import { classColour, classesFor, classOf, legendRows, type Quantiles, zoomClasses } from './classes';
import { THEMES } from './tokens';

const quantiles: Quantiles = {
  probabilities: [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1],
  minzoom: 11,
  maxzoom: 13,
  byZoom: {
    '11': {
      orders: [1, 1, 4, 9, 20, 40, 60, 100, 500],
      l0: [1, 1, 2, 3, 4, 5, 6, 7, 8],
      l1: [1, 1, 1, 1, 2, 9, 9, 9, 30],
    },
    '12': { orders: [1, 1, 1, 1, 1, 2, 2, 3, 9] },
  },
};
const ramp = THEMES.day.ramps.orders;
const all = { kind: 'orders', lines: [] } as const;

test('classes start at the percentiles of their zoom', () => {
  const [first] = zoomClasses(quantiles, all);
  expect(first?.limits).toEqual([1, 4, 9, 20, 40, 60, 100]);
  expect(first?.busiest).toBe(500);
});

test('equal percentiles give one class', () => {
  const [, second] = zoomClasses(quantiles, all);
  expect(second?.limits).toEqual([1, 2, 3]);
});

test('a zoom without counted cells has one class', () => {
  const [, , third] = zoomClasses(quantiles, all);
  expect(third?.limits).toEqual([1]);
});

test('several lines have the limits of the busiest one, so that the busiest cell has the last class', () => {
  const [first] = zoomClasses(quantiles, { kind: 'orders', lines: [0, 1] });
  expect(first?.limits).toEqual([1, 2, 3, 4, 9]);
  expect(classOf(first ?? fail(), first?.busiest ?? 0)).toBe(4);
});

test('the legend covers every value once, highest first, without an upper limit', () => {
  for (const classes of zoomClasses(quantiles, all)) {
    const rows = legendRows(classes, ramp).reverse();
    expect(rows[0]?.from).toBe(1);
    expect(rows.at(-1)?.to, `zoom ${classes.zoom}`).toBeNull();
    for (const [i, row] of rows.entries()) {
      if (row.to !== null) expect(rows[i + 1]?.from).toBe(row.to + 1);
    }
  }
});

test('the highest class has the last colour, however few classes there are', () => {
  for (let count = 1; count <= 7; count += 1) {
    expect(classColour(ramp, count - 1, count), `${count} classes`).toBe(ramp[6]);
  }
  expect(classColour(ramp, 0, 7)).toBe(ramp[0]);
});

test('a map between two zooms draws the tiles of the lower one, and above the highest zoom those of the highest', () => {
  const zooms = zoomClasses(quantiles, all);
  for (const [zoom, expected] of [
    [3, 11],
    [11.99, 11],
    [12, 12],
    [17, 13],
  ] as const) {
    expect(classesFor(zooms, zoom)?.zoom, `map zoom ${zoom}`).toBe(expected);
  }
});

function fail(): never {
  throw new Error('no classes');
}
