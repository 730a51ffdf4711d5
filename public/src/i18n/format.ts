// Formats numbers, dates and lengths for each language.

import type { Lang } from '@styles/base';

const LOCALE: Record<Lang, string> = { fa: 'fa-IR', en: 'en-US' };

export interface Format {
  number(value: number): string;
  /** At most two decimals. */
  decimal(value: number): string;
  /** Easy to read at a glance: no decimals from 100 on. */
  figure(value: number): string;
  percent(share: number): string;
  /** With its sign, for changes. */
  signedPercent(share: number): string;
  /** With its sign; two decimals below 1, one below 100, none above. */
  signed(value: number): string;
  /** Latitude or longitude, to about a metre. In Latin digits, so that it can be copied into any other map. */
  degrees(value: number): string;
  /** Days such as 2026-10-25, in the calendar of the language. With the year unless both are in the current year. */
  days(from: string, to: string): string;
  /** A time relative to `now`: "3 hours ago". */
  ago(isoTime: string, now: number): string;
  /** A day and time with the time zone: "Dec 2, 2:00 PM Iran Time". With the year unless it is the current one. */
  dayTime(isoTime: string): string;
  /** A date and time with the time zone. */
  moment(isoTime: string): string;
  /** The day of a time in the time zone, such as 2026-10-25, for names of files. */
  isoDay(isoTime: string): string;
  length(metres: number): string;
  /** Kilometres, to the metre. */
  kilometres(metres: number): string;
  list(items: readonly string[]): string;
}

/** Times are shown in `timeZone`, or in the time zone of the browser. `now` decides which year is the current one. */
export function formatFor(lang: Lang, timeZone?: string, now: () => number = Date.now): Format {
  const locale = LOCALE[lang];
  const number = new Intl.NumberFormat(locale);
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const degrees = new Intl.NumberFormat('en-US', { minimumFractionDigits: 3, maximumFractionDigits: 5 });
  const kilometres = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: 'kilometer',
    unitDisplay: lang === 'fa' ? 'long' : 'short',
    maximumFractionDigits: 3,
  });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const signedPercent = new Intl.NumberFormat(locale, { ...SIGNED, style: 'percent', maximumFractionDigits: 1 });
  const signed = [2, 1, 0].map((maximumFractionDigits) => {
    return new Intl.NumberFormat(locale, { ...SIGNED, maximumFractionDigits });
  });
  // The Swedish format of a date is ISO 8601.
  const isoDay = new Intl.DateTimeFormat('sv-SE', { timeZone });
  const moment = new Intl.DateTimeFormat(locale, { ...MOMENT, timeZone });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const list = new Intl.ListFormat(locale);
  return {
    number: (value) => number.format(value),
    decimal: (value) => decimal.format(value),
    figure: (value) => (value < 100 ? decimal.format(value) : number.format(Math.round(value))),
    degrees: (value) => degrees.format(value),
    percent: (share) => percent.format(share),
    signedPercent: (share) => signedPercent.format(share),
    signed: (value) => signed[Number(Math.abs(value) >= 1) + Number(Math.abs(value) >= 100)]?.format(value) ?? '',
    days: daysFormat(locale, timeZone, now),
    ago: (isoTime, now) => relative.format(...distance(Date.parse(isoTime) - now)),
    dayTime: dayTimeFormat(locale, timeZone, now),
    moment: (isoTime) => moment.format(new Date(isoTime)),
    isoDay: (isoTime) => isoDay.format(new Date(isoTime)),
    length: (metres) => {
      const unit = metres < 1000 ? 'meter' : 'kilometer';
      const value = metres < 1000 ? rounded(metres) : rounded(metres / 1000);
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: lang === 'fa' ? 'long' : 'short',
        maximumFractionDigits: 1,
      }).format(value);
    },
    kilometres: (metres) => kilometres.format(metres / 1000),
    list: (items) => list.format(items),
  };
}

const SIGNED: Intl.NumberFormatOptions = { signDisplay: 'exceptZero' };

const MOMENT: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'longGeneric',
};

const DAY_TIME: Intl.DateTimeFormatOptions = {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'shortGeneric',
};

function dayTimeFormat(locale: string, timeZone: string | undefined, now: () => number): Format['dayTime'] {
  const inThisYear = new Intl.DateTimeFormat(locale, { ...DAY_TIME, timeZone });
  const withYear = new Intl.DateTimeFormat(locale, { ...DAY_TIME, year: 'numeric', timeZone });
  const year = new Intl.DateTimeFormat(locale, { year: 'numeric', timeZone });
  return (isoTime) => {
    const time = new Date(isoTime);
    const isThisYear = year.format(time) === year.format(now());
    return (isThisYear ? inThisYear : withYear).format(time);
  };
}

function daysFormat(locale: string, timeZone: string | undefined, now: () => number): Format['days'] {
  const inThisYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const withYear = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const year = new Intl.DateTimeFormat(locale, { year: 'numeric', timeZone: 'UTC' });
  const thisYear = new Intl.DateTimeFormat(locale, { year: 'numeric', timeZone });
  return (from, to) => {
    const [first, last] = [new Date(`${from}T12:00:00Z`), new Date(`${to}T12:00:00Z`)];
    const current = thisYear.format(now());
    const isThisYear = year.format(first) === current && year.format(last) === current;
    const format = isThisYear ? inThisYear : withYear;
    return from === to ? format.format(last) : format.formatRange(first, last);
  };
}

/** Two significant digits: the size of a cell varies across a city anyway. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

const UNITS: [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

function distance(ms: number): [value: number, unit: Intl.RelativeTimeFormatUnit] {
  const [unit, length] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ['minute', 60_000];
  return [Math.trunc(ms / length), unit];
}

/** The longest of 1, 2 or 5 times a power of ten that is at most `metres`. */
export function roundScale(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  const factor = [5, 2, 1].find((n) => n * power <= metres) ?? 1;
  return factor * power;
}
