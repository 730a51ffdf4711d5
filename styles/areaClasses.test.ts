import { areaClasses } from './areaClasses';
import { THEMES } from './tokens';

const ramp = THEMES.day.ramps.orders;
const NONE = '#eeeeee';
const of = (numbers: readonly (number | null)[]): ReturnType<typeof areaClasses> =>
  areaClasses(new Map(numbers.map((n, id) => [id, n])), ramp, NONE);

test('every area with a value is in the one class that contains it', () => {
  const numbers = [3, 0, 17, 17, 250, 1999, 0.04, 12, 8, 90, 41, 5, null, 0];
  const { classes, unknown } = of(numbers);
  expect(unknown).toEqual([12]);
  expect(classes.flatMap(({ ids }) => ids).toSorted((a, b) => a - b)).toEqual(
    numbers.flatMap((n, id) => (n === null ? [] : [id])),
  );
  for (const { from, to, ids } of classes) {
    for (const id of ids) {
      const n = numbers[id] ?? Number.NaN;
      expect(n, `area ${id}`).toBeGreaterThanOrEqual(from);
      if (to !== null && to > 0) expect(n, `area ${id}`).toBeLessThan(to);
    }
  }
});

test('zero has its own class and colour if it occurs', () => {
  expect(of([0, 1, 2]).classes[0]).toEqual({ colour: NONE, from: 0, to: 0, ids: [0] });
  expect(of([1, 2]).classes[0]).toMatchObject({ from: 1 });
});

test('limits have two digits, ascend, and divide the areas about evenly', () => {
  const { classes } = of(Array.from({ length: 600 }, (_, i) => 1000 + 7 * i));
  expect(classes.map(({ from }) => from)).toEqual([1000, 1700, 2400, 3100, 3800, 4500]);
  for (const { ids } of classes) expect(Math.abs(ids.length - 100)).toBeLessThanOrEqual(15);
});

test('small fractions keep exact limits', () => {
  expect(of([0.12, 0.345, 4.56]).classes.map(({ from }) => from)).toEqual([0.12, 0.34, 4.5]);
});

test('equal values give one class with the last colour, and no values give none', () => {
  expect(of([7, 7, 7]).classes).toEqual([{ colour: ramp[6], from: 7, to: null, ids: [0, 1, 2] }]);
  expect(of([null]).classes).toEqual([]);
});
