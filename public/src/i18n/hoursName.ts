// Weekdays and hours in words.

import type { Lang } from '@styles/base';
import { addDays } from '../data/time/days';
import { EVERY_WEEKDAY, HOURS_PER_DAY, type Hours } from '../data/time/hours';
import type { Format } from './format';
import type { Text } from './texts';

/** A Monday. */
const MONDAY = '2026-11-23';

export function weekdayName(weekday: number, lang: Lang, length: 'short' | 'long'): string {
  const format = new Intl.DateTimeFormat(lang === 'fa' ? 'fa-IR' : 'en-US', { weekday: length, timeZone: 'UTC' });
  return format.format(new Date(`${addDays(MONDAY, weekday)}T12:00:00Z`));
}

export function hoursName({ weekdays, first, last }: Hours, lang: Lang, text: Text, { number, list }: Format): string {
  const isEveryDay = weekdays.length === EVERY_WEEKDAY.length;
  const isAllDay = first === 0 && last === HOURS_PER_DAY - 1;
  const days = isEveryDay ? '' : list(weekdays.map((weekday) => weekdayName(weekday, lang, 'short')));
  const hours = isAllDay ? '' : text.hourRange(number(first), number(last + 1));
  return isAllDay ? days : text.weekdaysAndHours(days, hours);
}
