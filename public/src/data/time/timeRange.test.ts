import { dayNumber, monthOf, weekdayOf } from './days';
import { daysOfRange, fixedRange, rangeBefore } from './timeRange';

const DATA = { from: '2026-07-26', to: '2026-11-22' };

test('presets are relative to the newest day, and typed days are not', () => {
  for (const [name, from, to] of [
    ['1d', '2026-11-22', '2026-11-22'],
    ['7d', '2026-11-16', '2026-11-22'],
    ['400d', '2026-07-26', '2026-11-22'],
    ['all', '2026-07-26', '2026-11-22'],
    // 22 November 2026 is 1 Azar 1405. Aban has 30 days.
    ['persian-month', '2026-11-22', '2026-11-22'],
    ['persian-last-month', '2026-10-23', '2026-11-21'],
    ['persian-month-before', '2026-10-23', '2026-10-23'],
    ['gregorian-month', '2026-11-01', '2026-11-22'],
    ['gregorian-last-month', '2026-10-01', '2026-10-31'],
    ['gregorian-month-before', '2026-10-01', '2026-10-22'],
    ['2026-10-27_2026-11-09', '2026-10-27', '2026-11-09'],
    ['2026-10-27', '2026-10-27', '2026-10-27'],
    ['2026-01-01_2026-08-01', '2026-07-26', '2026-08-01'],
  ] as const) {
    expect(daysOfRange(name, DATA), name).toEqual({ from, to });
  }
});

test('names without days are rejected', () => {
  for (const name of [
    '',
    'x',
    '7',
    '2026-02-30',
    '2026-11-09_2026-10-27',
    '2025-01-01_2025-02-01',
    '2026-10-01_2026-10-02_x',
  ]) {
    expect(daysOfRange(name, DATA), name).toBeNull();
  }
});

test('a fixed range is read back', () => {
  for (const days of [
    { from: '2026-10-27', to: '2026-11-09' },
    { from: '2026-10-27', to: '2026-10-27' },
  ]) {
    expect(daysOfRange(fixedRange(days), DATA)).toEqual(days);
  }
});

test('the days of a shorter month end with the month', () => {
  expect(daysOfRange('gregorian-month-before', { from: '2026-01-01', to: '2026-03-31' })).toEqual({
    from: '2026-02-01',
    to: '2026-02-28',
  });
  // Esfand of 1404 has 29 days.
  expect(monthOf('2026-03-01', 'persian')).toEqual({ from: '2026-02-20', to: '2026-03-20' });
});

test('the period before has the same length, and is unknown before the data', () => {
  expect(rangeBefore({ from: '2026-11-16', to: '2026-11-22' }, DATA)).toEqual({ from: '2026-11-09', to: '2026-11-15' });
  expect(rangeBefore({ from: '2026-08-01', to: '2026-08-31' }, DATA)).toBeNull();
});

test('weekdays count from Monday', () => {
  expect(weekdayOf(dayNumber('2026-11-23'))).toBe(0);
  expect(weekdayOf(dayNumber('2026-11-22'))).toBe(6);
});
