import { formatFor, roundScale } from './format';

test('Persian has its own digits, calendar and units', () => {
  const fa = formatFor('fa');
  expect(fa.number(12345)).toBe('۱۲٬۳۴۵');
  expect(fa.length(248)).toBe('۲۵۰ متر');
  expect(fa.length(4100)).toBe('۴٫۱ کیلومتر');
});

test('English has its own formats', () => {
  const en = formatFor('en');
  expect(en.number(12345)).toBe('12,345');
  expect(en.length(248)).toBe('250 m');
});

test('days have the year unless all of them are in the current year of the calendar', () => {
  for (const [lang, today, from, to, shown] of [
    ['en', '2026-11-24', '2026-10-25', '2026-11-23', 'Oct 25 – Nov 23'],
    ['en', '2026-11-24', '2026-10-25', '2026-10-25', 'Oct 25'],
    ['en', '2026-11-24', '2008-06-04', '2008-06-10', 'Jun 4 – 10, 2008'],
    ['en', '2026-11-24', '2008-06-10', '2008-06-10', 'Jun 10, 2008'],
    ['en', '2026-11-24', '2024-11-30', '2026-11-23', 'Nov 30, 2024 – Nov 23, 2026'],
    ['en', '2027-01-04', '2026-12-28', '2027-01-03', 'Dec 28, 2026 – Jan 3, 2027'],
    ['fa', '2026-11-24', '2026-03-21', '2026-03-21', '۱ فروردین'],
    ['fa', '2026-11-29', '2024-11-30', '2026-11-28', '۱۰ آذر ۱۴۰۳ تا ۷ آذر ۱۴۰۵'],
    ['fa', '2026-11-29', '2008-06-04', '2008-06-10', '۱۵ تا ۲۱ خرداد ۱۳۸۷'],
    // A Persian year begins in March: two Gregorian years may be one, and one may be two.
    ['fa', '2027-01-04', '2026-12-28', '2027-01-03', '۷ دی تا ۱۳ دی'],
    ['fa', '2026-03-26', '2026-03-10', '2026-03-25', '۱۹ اسفند ۱۴۰۴ تا ۵ فروردین ۱۴۰۵'],
    ['fa', '2026-11-24', '2026-03-10', '2026-03-12', '۱۹ تا ۲۱ اسفند ۱۴۰۴'],
  ] as const) {
    const { days } = formatFor(lang, 'Asia/Tehran', () => Date.parse(`${today}T12:00:00Z`));
    // Intl separates the ends of a range with thin spaces.
    expect(days(from, to).replaceAll('\u2009', ' '), `${from} to ${to} on ${today}`).toBe(shown);
  }
});

test('the current year is that of the configured time zone', () => {
  const now = () => Date.parse('2026-12-31T22:00:00Z');
  expect(formatFor('en', 'Asia/Tehran', now).days('2026-12-31', '2026-12-31')).toBe('Dec 31, 2026');
  expect(formatFor('en', 'UTC', now).days('2026-12-31', '2026-12-31')).toBe('Dec 31');
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

test('a time is formatted in the configured time zone, with its name', () => {
  const time = '2026-11-23T23:30:00Z';
  expect(formatFor('en', 'Asia/Tehran').moment(time)).toMatch(/November 24, 2026 at 3:00\sAM Iran Standard Time/);
  expect(formatFor('en', 'UTC').moment(time)).toMatch(/November 23, 2026 at 11:30\sPM GMT/);
  expect(formatFor('fa', 'Asia/Tehran').moment(time)).toMatch(/^۳ آذر ۱۴۰۵ ساعت ۳:۰۰ .*ایران/);
});

test('a day and time is formatted in the configured time zone', () => {
  const [time, now] = ['2026-11-23T23:30:00Z', () => Date.parse('2026-11-24T12:00:00Z')];
  expect(formatFor('en', 'Asia/Tehran', now).dayTime(time)).toMatch(/^Nov 24, 3:00\sAM Iran/);
  expect(formatFor('fa', 'Asia/Tehran', now).dayTime(time)).toMatch(/^۳ آذر.*۳:۰۰ .*ایران/);
});

test('a day and time has the year unless it is in the current year of the calendar and time zone', () => {
  for (const [lang, now, time, year] of [
    ['en', '2026-12-30T12:00:00Z', '2026-12-31T12:00:00Z', undefined],
    ['en', '2026-12-30T12:00:00Z', '2027-01-02T12:00:00Z', '2027'],
    ['en', '2026-12-30T12:00:00Z', '2026-12-31T22:00:00Z', '2027'],
    ['en', '2027-01-02T12:00:00Z', '2026-12-30T12:00:00Z', '2026'],
    ['fa', '2026-12-30T12:00:00Z', '2027-01-02T12:00:00Z', undefined],
    ['fa', '2027-03-19T12:00:00Z', '2027-03-22T12:00:00Z', '۱۴۰۶'],
    ['fa', '2027-03-22T12:00:00Z', '2027-03-19T12:00:00Z', '۱۴۰۵'],
  ] as const) {
    const shown = formatFor(lang, 'Asia/Tehran', () => Date.parse(now)).dayTime(time);
    const years = shown.match(/2026|2027|۱۴۰۵|۱۴۰۶/)?.[0];
    expect(years, `${time} on ${now}: ${shown}`).toBe(year);
  }
});

test('coordinates have Latin digits in both languages, and days of files follow the time zone', () => {
  for (const lang of ['en', 'fa'] as const) {
    const format = formatFor(lang, 'Asia/Tehran');
    expect(format.degrees(35.72194)).toBe('35.72194');
    expect(format.isoDay('2026-11-23T22:30:00Z')).toBe('2026-11-24');
  }
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
