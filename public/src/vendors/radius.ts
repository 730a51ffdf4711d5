// The radius within which a vendor is assumed to deliver: its own or another, and its form in the URL.

import { type GradeRadii, SLIDER_KM } from '../data/gradeRadii';

export const PERCENT = { min: 10, max: 100, step: 5 } as const;
export const FIXED_KM = { min: 0.5, max: 10, step: 0.1 } as const;
/** The initial fixed radius. It is also the radius of vendors whose source has none. */
export const FIRST_FIXED_KM = 3;

export const RADIUS_MODES = ['own', 'fixed', 'grade', 'sliders'] as const;

export type RadiusMode =
  | { kind: 'own'; percent: number }
  | { kind: 'fixed'; km: number }
  | { kind: 'grade' }
  /** The kilometres of the grades whose slider was moved; others use the configured radii. */
  | { kind: 'sliders'; km: Readonly<Record<string, number>> };

export const OWN_RADIUS: RadiusMode & Radii = { kind: 'own', percent: 100 };

/** A mode with everything that determines a vendor's radius. */
export type Radii = Exclude<RadiusMode, { kind: 'grade' | 'sliders' }> | ({ kind: 'graded' } & GradeRadii);

export function radiiOf(mode: RadiusMode, { km, others }: GradeRadii): Radii {
  switch (mode.kind) {
    case 'own':
    case 'fixed':
      return mode;
    case 'grade':
      return { kind: 'graded', km, others };
    case 'sliders':
      return { kind: 'graded', km: { ...km, ...mode.km }, others };
  }
}

export function gradeKm(grade: string, { km, others }: GradeRadii): number {
  return km[grade] ?? others;
}

export function isOwnRadius(mode: RadiusMode | Radii): boolean {
  return mode.kind === 'own' && mode.percent === PERCENT.max;
}

/** The radius in metres. `radiusM` is the vendor's own, 3,000 where its source has none. */
export function radiusOf({ radiusM, grade }: { radiusM: number; grade: string }, radii: Radii): number {
  switch (radii.kind) {
    case 'own':
      return (radiusM * radii.percent) / 100;
    case 'fixed':
      return radii.km * 1000;
    case 'graded':
      return gradeKm(grade, radii) * 1000;
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
