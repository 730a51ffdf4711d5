import { figuresOf } from './rangeFigures';

const line = (orders: number, users: number) => ({ orders, organic: 1, unknown: 0, users });
const COUNTS = { ...line(60, 40), organic: 3, byLine: [line(10, 8), line(20, 15), line(30, 30)] };

test('users are exact for all lines and for one, and bounds for several', () => {
  expect(figuresOf(COUNTS, [])).toEqual({ orders: 60, organic: 3, users: { min: 40, max: 40 } });
  expect(figuresOf(COUNTS, [1])).toEqual({ orders: 20, organic: 1, users: { min: 15, max: 15 } });
  expect(figuresOf(COUNTS, [0, 1])).toEqual({ orders: 30, organic: 2, users: { min: 15, max: 23 } });
  // No more users than all lines have.
  expect(figuresOf(COUNTS, [1, 2]).users).toEqual({ min: 30, max: 40 });
});

test('a place without counts has zeros', () => {
  expect(figuresOf(undefined, [])).toEqual({ orders: 0, organic: 0, users: { min: 0, max: 0 } });
});
