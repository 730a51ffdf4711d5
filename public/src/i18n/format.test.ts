import { formatFor, roundScale } from './format';

test('Persian has its own digits, calendar and units', () => {
  const fa = formatFor('fa');
  expect(fa.number(12345)).toBe('۱۲٬۳۴۵');
  expect(fa.day('2026-03-21')).toBe('۱ فروردین');
  expect(fa.length(248)).toBe('۲۵۰ متر');
  expect(fa.length(4100)).toBe('۴٫۱ کیلومتر');
});

test('English has its own formats', () => {
  const en = formatFor('en');
  expect(en.number(12345)).toBe('12,345');
  expect(en.days('2026-10-25', '2026-11-23')).toMatch(/^Oct 25\s–\sNov 23$/);
  expect(en.days('2026-10-25', '2026-10-25')).toBe('Oct 25');
  expect(en.length(248)).toBe('250 m');
});

test('a time is formatted relative to now', () => {
  const en = formatFor('en');
  const now = Date.parse('2026-11-23T12:00:00Z');
  for (const [time, words] of [
    ['2026-11-23T11:59:40Z', 'this minute'],
    ['2026-11-23T11:15:00Z', '45 minutes ago'],
    ['2026-11-23T05:30:00Z', '6 hours ago'],
    ['2026-11-22T05:30:00Z', 'yesterday'],
    ['2026-11-01T05:30:00Z', '22 days ago'],
  ] as const) {
    expect(en.ago(time, now), time).toBe(words);
  }
});

test('a time is formatted in the configured time zone', () => {
  const time = '2026-11-23T23:30:00Z';
  expect(formatFor('en', 'Asia/Tehran').moment(time)).toMatch(/November 24, 2026 at 3:00/);
  expect(formatFor('en', 'UTC').moment(time)).toMatch(/November 23, 2026 at 11:30/);
});

test('the scale bar has a round length that fits', () => {
  for (const [room, length] of [
    [999, 500],
    [1000, 1000],
    [260, 200],
    [120, 100],
    [5.5, 5],
  ] as const) {
    expect(roundScale(room), `${room} m`).toBe(length);
  }
});
