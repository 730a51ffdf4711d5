import { distance, VISIONS } from './colourVision.testing';
import { NEUTRAL_COLOURS, ratioClasses, totalClasses } from './coverage';
import { KINDS } from './measure';
import { THEMES } from './tokens';
import { VENDOR_COLOURS } from './vendors';

const THEME_NAMES = ['day', 'night'] as const;

/** Classes are read next to each other in the legend; platforms must be told apart anywhere on the map. */
const NEIGHBOURS = 0.04;
const CATEGORIES = 0.13;

function neighbours(colours: readonly string[]): [string, string][] {
  return colours.slice(1).map((colour, i) => [colours[i] ?? '', colour]);
}

test('neighbouring classes differ for every kind of colour vision', () => {
  const ramps: Record<string, readonly string[]> = {
    ratio: ratioClasses().map(({ colour }) => colour),
    total: totalClasses()
      .slice(1)
      .map(({ colour }) => colour),
    ...Object.fromEntries(
      THEME_NAMES.flatMap((theme) => KINDS.map((kind) => [`${kind} ${theme}`, THEMES[theme].ramps[kind]])),
    ),
  };
  for (const vision of VISIONS) {
    for (const [name, ramp] of Object.entries(ramps)) {
      for (const [a, b] of neighbours(ramp)) {
        expect(distance(a, b, vision), `${name}: ${a} and ${b}, ${vision}`).toBeGreaterThan(NEIGHBOURS);
      }
    }
  }
});

test('below and above the target differ, and neutral classes differ from both, for every kind of colour vision', () => {
  const ratios = ratioClasses();
  const below = ratios.filter(({ to }) => to !== null && to <= 1).map(({ colour }) => colour);
  const above = ratios.filter(({ from }) => from >= 1).map(({ colour }) => colour);
  for (const vision of VISIONS) {
    for (const a of below)
      for (const b of above) expect(distance(a, b, vision), `${a} and ${b}, ${vision}`).toBeGreaterThan(0.08);
    for (const theme of THEME_NAMES) {
      for (const neutral of Object.values(NEUTRAL_COLOURS[theme])) {
        for (const { colour } of ratios) {
          expect(distance(neutral, colour, vision), `${theme} ${neutral} and ${colour}, ${vision}`).toBeGreaterThan(
            0.035,
          );
        }
      }
    }
  }
});

test('platforms differ for every kind of colour vision', () => {
  for (const vision of VISIONS) {
    for (const theme of THEME_NAMES) {
      const { tapsifood, snappfood, dual } = VENDOR_COLOURS[theme];
      for (const [a, b] of [
        [tapsifood, snappfood],
        [snappfood, dual],
        [tapsifood, dual],
      ] as const) {
        expect(distance(a, b, vision), `${theme}: ${a} and ${b}, ${vision}`).toBeGreaterThan(CATEGORIES);
      }
    }
  }
});
