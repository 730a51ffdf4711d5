// The delivery radius that is assumed for each grade: configured, else published with the vendors, else the default.

import * as v from 'valibot';
import type { Catalog } from './catalog';
import { fetchJson } from './fetchJson';

/** The assumed delivery radius by grade, in kilometres. */
export interface GradeRadii {
  km: Readonly<Record<string, number>>;
  /** The radius of all other grades. */
  others: number;
}

/** The defaults of tilegen's `[grades] radius_km`, for maps that publish no radii. */
export const DEFAULT_GRADE_RADII: GradeRadii = {
  km: {
    'A+': 4.1,
    A: 4,
    'A-': 4,
    B: 3.5,
    'B-': 3.5,
    C: 3,
    'C-': 3,
    D: 2,
    'D-': 2,
    E: 1.5,
    'E-': 1.5,
    F: 1,
  },
  others: 1.5,
};

/** The grade of vendors without a grade. */
const UNGRADED = 'Ungraded';

export const SLIDER_KM = { min: 0.5, max: 8, step: 0.1 } as const;

const optionsSchema = v.object({
  grade_radius_km: v.optional(v.record(v.string(), v.pipe(v.number(), v.finite(), v.gtValue(0)))),
});

/** The radii in the table `options`; `null` where the map publishes none. */
export async function fetchGradeRadii({ tables }: Pick<Catalog, 'tables'>): Promise<GradeRadii | null> {
  const url = tables.find(({ name }) => name === 'options')?.url;
  if (url === undefined) return null;
  const { grade_radius_km: km } = await fetchJson(url, optionsSchema);
  return km ? publishedRadii(km) : null;
}

/** A grade without a published radius has the radius of vendors without a grade. */
export function publishedRadii(km: Readonly<Record<string, number>>): GradeRadii {
  return { km, others: km[UNGRADED] ?? DEFAULT_GRADE_RADII.others };
}

/** The radii that apply: those of the configuration, else the published ones, else the defaults. */
export function gradeRadiiOf(model: {
  config: { grade_radii?: GradeRadii | undefined };
  vendorTable: { gradeRadii: GradeRadii | null } | null;
}): GradeRadii {
  return model.config.grade_radii ?? model.vendorTable?.gradeRadii ?? DEFAULT_GRADE_RADII;
}
