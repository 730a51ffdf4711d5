// A range of days by its name in links. Names of presets are relative to the newest day of the data; typed days are not.

import {
  addDays,
  CALENDARS,
  type Calendar,
  type Days,
  dayNumber,
  dayOf,
  dayOfMonth,
  isDay,
  monthOf,
  overlap,
} from './days';

/** The number of days of the presets that end with the newest day. */
export const PRESET_DAYS = [1, 7, 30, 90] as const;

/** `before` has the days of this month, one month earlier. */
export const MONTH_PRESETS = ['month', 'last-month', 'month-before'] as const;
export type MonthPreset = (typeof MONTH_PRESETS)[number];

export const daysPreset = (days: number): string => `${days}d`;
export const monthPreset = (preset: MonthPreset, calendar: Calendar): string => `${calendar}-${preset}`;
export const fixedRange = ({ from, to }: Days): string => (from === to ? from : `${from}_${to}`);

export interface NamedPreset {
  preset: MonthPreset;
  calendar: Calendar;
}

export function readMonthPreset(name: string): NamedPreset | null {
  for (const calendar of CALENDARS) {
    const preset = MONTH_PRESETS.find((one) => monthPreset(one, calendar) === name);
    if (preset) return { preset, calendar };
  }
  return null;
}

/** The days of a range inside the days of the data; `null` if the name is unknown or there are no such days. */
export function daysOfRange(name: string, data: Days): Days | null {
  const days = daysNamed(name, data);
  return days && overlap(days, data);
}

function daysNamed(name: string, data: Days): Days | null {
  const [, count] = /^(\d{1,4})d$/.exec(name) ?? [];
  if (count !== undefined) return { from: addDays(data.to, 1 - Number(count)), to: data.to };
  if (name === 'all') return data;
  const named = readMonthPreset(name);
  if (named) return daysOfMonth(named, data.to);
  return fixedDays(name);
}

/** The days of a name that `fixedRange` wrote. */
export function fixedDays(name: string): Days | null {
  const [from = '', to = from, ...rest] = name.split('_');
  return isDay(from) && isDay(to) && from <= to && rest.length === 0 ? { from, to } : null;
}

function daysOfMonth({ preset, calendar }: NamedPreset, newest: string): Days {
  const current = monthOf(newest, calendar);
  const before = monthOf(addDays(current.from, -1), calendar);
  switch (preset) {
    case 'month':
      return { from: current.from, to: newest };
    case 'last-month':
      return before;
    case 'month-before': {
      const sameDay = dayOf(dayNumber(before.from) + dayOfMonth(newest, calendar) - 1);
      return { from: before.from, to: sameDay < before.to ? sameDay : before.to };
    }
  }
}

/** The range of the same length that ends the day before; `null` if the data begin later. */
export function rangeBefore({ from, to }: Days, data: Days): Days | null {
  const length = dayNumber(to) - dayNumber(from) + 1;
  const before = { from: addDays(from, -length), to: addDays(from, -1) };
  return before.from < data.from ? null : before;
}
