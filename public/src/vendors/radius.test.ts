import { DEFAULT_GRADE_RADII } from '../data/gradeRadii';
import { formatRadiusMode, OWN_RADIUS, parseRadiusMode, type RadiusMode, radiiOf, radiusOf } from './radius';

test('each mode gives the required radius', () => {
  const vendor = { radiusM: 3000, grade: 'B-' };
  const cases: [RadiusMode, string, number][] = [
    [{ kind: 'own', percent: 100 }, 'B-', 3000],
    [{ kind: 'own', percent: 10 }, 'B-', 300],
    [{ kind: 'fixed', km: 0.5 }, 'B-', 500],
    ...(
      [
        ['A+', 4100],
        ['A', 4000],
        ['A-', 4000],
        ['B', 3500],
        ['B-', 3500],
        ['C', 3000],
        ['C-', 3000],
        ['D', 2000],
        ['D-', 2000],
        ['E', 1500],
        ['E-', 1500],
        ['F', 1000],
        ['Not Enough Rate', 1500],
        ['Ungraded', 1500],
      ] as const
    ).map(([grade, metres]): [RadiusMode, string, number] => [{ kind: 'grade' }, grade, metres]),
    [{ kind: 'sliders', km: { 'B-': 8 } }, 'B-', 8000],
    [{ kind: 'sliders', km: { 'B-': 8 } }, 'A', 4000],
  ];
  for (const [mode, grade, metres] of cases) {
    expect(
      radiusOf({ ...vendor, grade }, radiiOf(mode, DEFAULT_GRADE_RADII)),
      `${formatRadiusMode(mode)} ${grade}`,
    ).toBeCloseTo(metres, 9);
  }
});

test('configured grades have the configured radii', () => {
  const radii = { km: { Gold: 5, Silver: 2.5 }, others: 0.8 };
  const of = (grade: string, mode: RadiusMode): number => radiusOf({ radiusM: 3000, grade }, radiiOf(mode, radii));
  expect(['Gold', 'Silver', 'A+'].map((grade) => of(grade, { kind: 'grade' }))).toEqual([5000, 2500, 800]);
  expect(['Gold', 'Silver', 'A+'].map((grade) => of(grade, { kind: 'sliders', km: { Gold: 6 } }))).toEqual([
    6000, 2500, 800,
  ]);
});

test('a mode round-trips through the URL, and invalid text gives the own radius', () => {
  const modes: RadiusMode[] = [
    { kind: 'own', percent: 70 },
    { kind: 'fixed', km: 2.5 },
    { kind: 'grade' },
    { kind: 'sliders', km: {} },
    { kind: 'sliders', km: { 'A+': 5, 'Not Enough Rate': 0.5 } },
  ];
  for (const mode of modes) expect(parseRadiusMode(formatRadiusMode(mode))).toEqual(mode);
  for (const text of [null, '', '9%', '101%', '0.4km', '11km', 'A+:9', 'far']) {
    expect(parseRadiusMode(text), String(text)).toEqual(OWN_RADIUS);
  }
});
