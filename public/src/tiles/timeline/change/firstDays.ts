// Users on their first day in a range, from the rows of user layers: each user of a cell counts once.

import type { TimelineRows } from '../columns';
import type { Retention } from '../placeCounts';
import type { Question } from '../rangeCounts';

/** What the rows of an archive or table are counted for. */
export interface FirstDays {
  /** The first day of the calendar month. */
  monthStart: number;
  question: Question;
  /** Whether a line of the archive is counted. Layers of all lines have only line 0. */
  isOfLine(line: number): boolean;
}

/** Calls `put` with the cell, the day on which the users ordered there before (`null` for never), and their number. */
export function eachFirstDay(
  { length, columns }: TimelineRows,
  { monthStart, question, isOfLine }: FirstDays,
  put: (cell: number, previous: number | null, users: number) => void,
): void {
  const { cell, line, day: days, since, before, users } = columns;
  const hasDays = days.length > 0;
  for (let row = 0; row < length; row++) {
    if (!isOfLine(line[row] ?? 0)) continue;
    const day = monthStart + (days[row] ?? 0);
    if (hasDays && (day < question.first || day > question.last)) continue;
    const back = (hasDays ? since[row] : before[row]) ?? 0;
    const previous = back > 0 ? day - back : null;
    if (previous !== null && previous >= question.first) continue;
    put(cell[row] ?? 0, previous, users[row] ?? 0);
  }
}

/** Counts users by the day before: `all`, those who ordered since a day, and those who never ordered. */
export interface UserTally {
  all: number;
  since: number;
  fresh: number;
}

export const noUsers = (): UserTally => ({ all: 0, since: 0, fresh: 0 });

export function addUsers(tally: UserTally, previous: number | null, users: number, since: number): void {
  tally.all += users;
  if (previous === null) tally.fresh += users;
  else if (previous >= since) tally.since += users;
}

/** The users of a range against those of the range directly before it, from whose first day on `since` counts. */
export function retentionOf(before: UserTally, after: UserTally): Retention {
  const { since: retained, fresh } = after;
  return { retained, lost: before.all - retained, gained: after.all - retained, fresh };
}
