import { daysAgainst, isNextTo } from './growthDays';

const data = { from: '2026-08-01', to: '2026-11-22' };
const days = (from: string, to: string) => ({ from, to });

test('the days before are as many, and end the day before the range', () => {
  const range = days('2026-11-16', '2026-11-22');
  const before = daysAgainst('before', range, data);
  expect(before).toEqual(days('2026-11-09', '2026-11-15'));
  expect(before && isNextTo(before, range)).toBe(true);
  expect(daysAgainst('before', days('2026-08-03', '2026-08-09'), data), 'before the data').toBeNull();
});

test('the same days of the month before are of the calendar, and end with a shorter month', () => {
  expect(daysAgainst('gregorian-month', days('2026-11-16', '2026-11-22'), data)).toEqual(
    days('2026-10-16', '2026-10-22'),
  );
  expect(daysAgainst('gregorian-month', days('2026-10-01', '2026-10-31'), data)).toEqual(
    days('2026-09-01', '2026-09-30'),
  );
  // 25 Aban to 1 Azar, and 25 Mehr to 1 Aban.
  expect(daysAgainst('persian-month', days('2026-11-16', '2026-11-22'), data)).toEqual(
    days('2026-10-17', '2026-10-23'),
  );
});

test('typed days must all be in the data, and other names are unknown', () => {
  const range = days('2026-11-16', '2026-11-22');
  expect(daysAgainst('2026-09-01_2026-09-07', range, data)).toEqual(days('2026-09-01', '2026-09-07'));
  expect(daysAgainst('2026-07-31_2026-08-07', range, data)).toBeNull();
  expect(daysAgainst('yesterday', range, data)).toBeNull();
  expect(isNextTo(days('2026-09-01', '2026-09-07'), range)).toBe(false);
});
