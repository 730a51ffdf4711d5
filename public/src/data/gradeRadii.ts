// The delivery radius that is assumed for each grade.

/** The assumed delivery radius by grade, in kilometres. */
export interface GradeRadii {
  km: Readonly<Record<string, number>>;
  /** The radius of all other grades. */
  others: number;
}

/** The values of the dashboard that this page replaces; `config.json` may override them. */
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

export const SLIDER_KM = { min: 0.5, max: 8, step: 0.1 } as const;
