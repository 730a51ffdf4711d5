// Holds: jobs whose builds publish nothing for now, so that the map keeps older data on purpose.

import * as v from 'valibot';

/** The server lists a reason only where it also lists internal layers. The page has no use for the author. */
export const holdSchema = v.object({
  job: v.string(),
  since: v.string(),
  until: v.string(),
  reason: v.optional(v.nullable(v.string()), null),
});

export type Hold = v.InferOutput<typeof holdSchema>;

/** The hold of a job at a time. A hold ends by itself. */
export function holdOf(holds: readonly Hold[], job: string | null, now: number): Hold | null {
  return holds.find((hold) => hold.job === job && now < Date.parse(hold.until)) ?? null;
}

/** A held job that published what is shown, and the last day of its newest data. */
export interface ShownHold {
  hold: Hold;
  day: string;
}

interface Published {
  job: string | null;
  to: string;
}

/** The holds of these layers, one for each job. */
export function shownHolds(layers: readonly Published[], holds: readonly Hold[], now: number): ShownHold[] {
  const jobs = [...new Set(layers.map(({ job }) => job))];
  return jobs.flatMap((job) => {
    const hold = holdOf(holds, job, now);
    const days = layers.filter((layer) => layer.job === job).map(({ to }) => to);
    return hold ? [{ hold, day: days.toSorted().at(-1) ?? '' }] : [];
  });
}
