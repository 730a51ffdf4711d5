import { evaluate } from './evaluate.testing';
import {
  hasBounds,
  isLineWithheld,
  isLineWithheldExpression,
  KINDS,
  type Measure,
  measureExpression,
  measureRange,
  ordersOfWithheldLines,
  quantileKeys,
} from './measure';

const cell = {
  orders: 30,
  organic: 17,
  unknown: 2,
  users: 12,
  l0: 20,
  o0: 12,
  x0: 1,
  u0: 9,
  l1: 10,
  o1: 5,
  x1: 1,
  u1: 7,
};

test('the colour expression of a cell has the value that the page shows', () => {
  for (const kind of KINDS) {
    for (const lines of [[], [0], [1], [0, 1], [0, 1, 5]]) {
      const measure: Measure = { kind, lines };
      for (const attributes of [cell, { orders: 3, users: 1, l1: 3, u1: 1 }, {}]) {
        const drawn = evaluate(measureExpression(measure), attributes);
        expect(drawn, `${kind} ${lines}`).toBe(measureRange(attributes, measure).min);
      }
    }
  }
});

test('non-organic orders are neither organic nor unknown', () => {
  expect(measureRange(cell, { kind: 'nonorganic', lines: [] })).toEqual({ min: 11, max: 11 });
  expect(measureRange(cell, { kind: 'nonorganic', lines: [0, 1] })).toEqual({ min: 11, max: 11 });
});

test('users of several lines are between the largest line and the smaller of total and sum', () => {
  expect(measureRange(cell, { kind: 'users', lines: [0, 1] })).toEqual({ min: 9, max: 12 });
  expect(measureRange({ ...cell, users: 40 }, { kind: 'users', lines: [0, 1] })).toEqual({ min: 9, max: 16 });
  expect(measureRange(cell, { kind: 'users', lines: [1] })).toEqual({ min: 7, max: 7 });
  expect(hasBounds({ kind: 'users', lines: [0, 1] })).toBe(true);
  expect(hasBounds({ kind: 'orders', lines: [0, 1] })).toBe(false);
});

test('quantile keys equal those of the metadata', () => {
  expect(quantileKeys({ kind: 'nonorganic', lines: [] })).toEqual(['nonorganic']);
  expect(quantileKeys({ kind: 'nonorganic', lines: [2, 4] })).toEqual(['n2', 'n4']);
  expect(quantileKeys({ kind: 'users', lines: [0] })).toEqual(['u0']);
});

test('a chosen line that a cell does not show is withheld if orders are left, and zero if none are', () => {
  const shown = { orders: 30, l0: 20, l1: 10 };
  const partly = { orders: 35, l0: 20, l1: 10 };
  expect([ordersOfWithheldLines(shown, 3), ordersOfWithheldLines(partly, 3)]).toEqual([0, 5]);
  for (const [attributes, lines, isWithheld] of [
    [partly, [2], true],
    [shown, [2], false],
    [partly, [1], false],
    [partly, [1, 2], false],
    [partly, [], false],
    [{ orders: 9 }, [0, 1, 2], true],
  ] as const) {
    for (const kind of KINDS) {
      const name = `${JSON.stringify(attributes)} ${lines} ${kind}`;
      expect(isLineWithheld(attributes, { kind, lines }, 3), name).toBe(isWithheld);
      expect(evaluate(isLineWithheldExpression({ kind, lines }, 3), attributes), name).toBe(isWithheld);
    }
  }
});
