// A choice of weekdays and hours, as the URL has it: `0123456@12-15` is every weekday (Monday = 0) from 12:00 to 15:59.

export interface Hours {
  /** Ascending; Monday is 0. Never empty. */
  weekdays: readonly number[];
  /** Both hours are included. */
  first: number;
  last: number;
}

export const EVERY_WEEKDAY = [0, 1, 2, 3, 4, 5, 6] as const;
export const HOURS_PER_DAY = 24;
const LAST_HOUR = HOURS_PER_DAY - 1;

export const LUNCH: Hours = { weekdays: EVERY_WEEKDAY, first: 12, last: 15 };
export const DINNER: Hours = { weekdays: EVERY_WEEKDAY, first: 19, last: 22 };
export const weekendHours = (weekend: readonly number[]): Hours => ({ weekdays: weekend, first: 0, last: LAST_HOUR });

export function formatHours({ weekdays, first, last }: Hours): string {
  return `${weekdays.join('')}@${first}-${last}`;
}

/** `null` for a text of another form, and for every hour of every weekday, which chooses nothing. */
export function parseHours(text: string | null): Hours | null {
  const [, days = '', from, to] = /^([0-6]{1,7})@(\d{1,2})-(\d{1,2})$/.exec(text ?? '') ?? [];
  const [first, last] = [Number(from ?? Number.NaN), Number(to ?? Number.NaN)];
  if (!(first <= last && last <= LAST_HOUR)) return null;
  const weekdays = EVERY_WEEKDAY.filter((day) => days.includes(String(day)));
  const isEvery = weekdays.length === EVERY_WEEKDAY.length && first === 0 && last === LAST_HOUR;
  return isEvery ? null : { weekdays, first, last };
}

/** Whether each hour of the week is chosen, from Monday at midnight. */
export function hourMask({ weekdays, first, last }: Hours): boolean[] {
  return EVERY_WEEKDAY.flatMap((weekday) =>
    Array.from({ length: HOURS_PER_DAY }, (_, hour) => weekdays.includes(weekday) && hour >= first && hour <= last),
  );
}
