// Days of the map's calendar. A day is written 2026-11-22 and counted from 1970-01-01.

const DAY_MS = 86_400_000;

/** Both ends are included. */
export interface Days {
  from: string;
  to: string;
}

export function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

export function dayOf(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

export function addDays(day: string, days: number): string {
  return dayOf(dayNumber(day) + days);
}

/** The number of days of a range. */
export function lengthOf({ from, to }: Days): number {
  return dayNumber(to) - dayNumber(from) + 1;
}

/** Monday is 0. 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** Whether the text is a day that exists. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(dayNumber(text)) === text;
}

/** Whether all days of a range are among others. */
export function isInside(days: Days, others: Days): boolean {
  return others.from <= days.from && days.to <= others.to;
}

/** The days of the first range that the second one has too; `null` if there are none. */
export function overlap(a: Days, b: Days): Days | null {
  const from = a.from > b.from ? a.from : b.from;
  const to = a.to < b.to ? a.to : b.to;
  return from <= to ? { from, to } : null;
}

export const CALENDARS = ['persian', 'gregorian'] as const;
export type Calendar = (typeof CALENDARS)[number];

/** The month of a calendar that contains a day. */
export function monthOf(day: string, calendar: Calendar): Days {
  const first = dayNumber(day) - dayOfMonth(day, calendar) + 1;
  // No month is longer than 31 days or shorter than 28.
  let last = first + 27;
  while (dayOfMonth(dayOf(last + 1), calendar) !== 1) last += 1;
  return { from: dayOf(first), to: dayOf(last) };
}

export function dayOfMonth(day: string, calendar: Calendar): number {
  return Number(DAY_FORMATS[calendar].format(new Date(`${day}T12:00:00Z`)));
}

const dayFormat = (calendar: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(`en-u-ca-${calendar}-nu-latn`, { day: 'numeric', timeZone: 'UTC' });

const DAY_FORMATS: Record<Calendar, Intl.DateTimeFormat> = {
  persian: dayFormat('persian'),
  gregorian: dayFormat('gregory'),
};
