import { dayCount, holidaysIn } from './holidays';

const nowruz = { from: '2026-03-20', to: '2026-04-02', name: 'nowruz' };
const ramadan = { from: '2026-02-18', to: '2026-03-22', name: 'ramadan' };
const plain = { from: '2026-02-11', to: '2026-02-11', name: null };

test('the holidays of a range are cut to it and sorted', () => {
  expect(holidaysIn([nowruz, ramadan, plain], '2026-03-01', '2026-03-25')).toEqual([
    { ...ramadan, from: '2026-03-01' },
    { ...nowruz, to: '2026-03-25' },
  ]);
  expect(holidaysIn([plain], '2026-02-11', '2026-02-11')).toEqual([plain]);
  expect(holidaysIn([plain, nowruz], '2026-02-12', '2026-03-19')).toEqual([]);
  expect(holidaysIn([], '2026-01-01', '2026-12-31')).toEqual([]);
});

test('days of overlapping holidays count once', () => {
  expect(dayCount([plain])).toBe(1);
  expect(dayCount([nowruz])).toBe(14);
  // 20, 21 and 22 March belong to both.
  expect(dayCount([ramadan, nowruz])).toBe(33 + 14 - 3);
  expect(dayCount([])).toBe(0);
});
