// How far a vendor is taken to deliver: its own radius or another, as the reader chooses, and its place in the address.

/** Kilometres by grade (requirements 2, radius modes); every other grade has `OTHER_GRADES_KM`. */
export const GRADE_KM: Readonly<Record<string, number>> = {
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
};
const OTHER_GRADES_KM = 1.5;

export const PERCENT = { min: 10, max: 100, step: 5 } as const;
export const FIXED_KM = { min: 0.5, max: 10, step: 0.1 } as const;
export const SLIDER_KM = { min: 0.5, max: 8, step: 0.1 } as const;
/** Where fixing begins: the radius of a vendor whose source names none. */
export const FIRST_FIXED_KM = 3;

export const RADIUS_MODES = ['own', 'fixed', 'grade', 'sliders'] as const;

export type RadiusMode =
  | { kind: 'own'; percent: number }
  | { kind: 'fixed'; km: number }
  | { kind: 'grade' }
  /** Kilometres of the grades that were moved; the others are those of the table. */
  | { kind: 'sliders'; km: Readonly<Record<string, number>> };

export const OWN_RADIUS: RadiusMode = { kind: 'own', percent: 100 };

export function gradeKm(grade: string): number {
  return GRADE_KM[grade] ?? OTHER_GRADES_KM;
}

export function isOwnRadius(mode: RadiusMode): boolean {
  return mode.kind === 'own' && mode.percent === PERCENT.max;
}

/** In metres. `radiusM` is the vendor's own, 3,000 where its source has none. */
export function radiusOf({ radiusM, grade }: { radiusM: number; grade: string }, mode: RadiusMode): number {
  switch (mode.kind) {
    case 'own':
      return (radiusM * mode.percent) / 100;
    case 'fixed':
      return mode.km * 1000;
    case 'grade':
      return gradeKm(grade) * 1000;
    case 'sliders':
      return (mode.km[grade] ?? gradeKm(grade)) * 1000;
  }
}

/** `70%`, `2.5km`, `grade`, `sliders` or `A+:5,C:2`; anything else is a vendor's own radius. */
export function parseRadiusMode(text: string | null): RadiusMode {
  if (text === 'grade') return { kind: 'grade' };
  if (text === 'sliders') return { kind: 'sliders', km: {} };
  const percent = numberIn(/^([\d.]+)%$/.exec(text ?? '')?.[1], PERCENT);
  if (percent !== null) return { kind: 'own', percent };
  const km = numberIn(/^([\d.]+)km$/.exec(text ?? '')?.[1], FIXED_KM);
  if (km !== null) return { kind: 'fixed', km };
  const moved = parseSliders(text ?? '');
  return moved.length > 0 ? { kind: 'sliders', km: Object.fromEntries(moved) } : OWN_RADIUS;
}

export function formatRadiusMode(mode: RadiusMode): string {
  switch (mode.kind) {
    case 'own':
      return `${mode.percent}%`;
    case 'fixed':
      return `${mode.km}km`;
    case 'grade':
      return 'grade';
    case 'sliders':
      return (
        Object.entries(mode.km)
          .map(([grade, km]) => `${grade}:${km}`)
          .join(',') || 'sliders'
      );
  }
}

function parseSliders(text: string): [string, number][] {
  return text.split(',').flatMap((part) => {
    const [grade, number] = part.split(':');
    const km = numberIn(number, SLIDER_KM);
    return grade && km !== null ? [[grade, km]] : [];
  });
}

function numberIn(text: string | undefined, { min, max }: { min: number; max: number }): number | null {
  const value = Number(text ?? Number.NaN);
  return value >= min && value <= max ? value : null;
}
