// The days that a range is compared with, by their name in links.

import { addDays, CALENDARS, type Calendar, type Days, dayOfMonth, isInside, lengthOf, monthOf } from './days';
import { fixedDays, rangeBefore } from './timeRange';

/**
 * Why a chosen growth is not shown: the data do not have the other period, users of several lines are only known as bounds,
 * or users of periods of different lengths, who cannot be compared by day.
 */
export type GrowthRefusal = 'days' | 'lines' | 'lengths';

/** As many days, directly before the range. */
export const DAYS_BEFORE = 'before';
/** The same days of the month before, in a calendar. */
export const sameDaysBefore = (calendar: Calendar): string => `${calendar}-month`;

/** `null` if the name is unknown, or if the data do not have all of these days. */
export function daysAgainst(name: string, range: Days, data: Days): Days | null {
  if (name === DAYS_BEFORE) return rangeBefore(range, data);
  const calendar = CALENDARS.find((one) => sameDaysBefore(one) === name);
  const days = calendar
    ? { from: monthEarlier(range.from, calendar), to: monthEarlier(range.to, calendar) }
    : fixedDays(name);
  return days && isInside(days, data) ? days : null;
}

/** The same day of the month before; its last day if it is shorter. */
function monthEarlier(day: string, calendar: Calendar): string {
  const before = monthOf(addDays(monthOf(day, calendar).from, -1), calendar);
  return addDays(before.from, Math.min(dayOfMonth(day, calendar), lengthOf(before)) - 1);
}

/** Whether the second range begins on the day after the first one. Only then are retained users known. */
export function isNextTo(before: Days, range: Days): boolean {
  return addDays(before.to, 1) === range.from;
}
