// Holidays: days on which fewer orders are expected. A window that contains some is marked.

import * as v from 'valibot';

/** Days such as 2026-03-20. Both ends are included. */
export const holidaySchema = v.object({
  from: v.string(),
  to: v.string(),
  name: v.optional(v.nullable(v.string()), null),
});

export type Holiday = v.InferOutput<typeof holidaySchema>;

/** The holidays that share days with a range, cut to it, earliest first. */
export function holidaysIn(holidays: readonly Holiday[], from: string, to: string): Holiday[] {
  return holidays
    .filter((holiday) => holiday.from <= to && from <= holiday.to)
    .map((holiday) => ({
      ...holiday,
      from: holiday.from < from ? from : holiday.from,
      to: holiday.to > to ? to : holiday.to,
    }))
    .toSorted((a, b) => a.from.localeCompare(b.from) || a.to.localeCompare(b.to));
}

const DAY_MS = 86_400_000;

/** The number of different days. Holidays may overlap. */
export function dayCount(holidays: readonly Holiday[]): number {
  const days = new Set<number>();
  for (const { from, to } of holidays) {
    for (let day = Date.parse(from); day <= Date.parse(to); day += DAY_MS) days.add(day);
  }
  return days.size;
}
