import { contrast, luminance } from './contrast';
import { KINDS } from './measure';
import { THEMES, type Theme } from './tokens';

const themes = Object.keys(THEMES) as Theme[];

test('lightness is monotonic along each ramp, with a visible step between classes', () => {
  for (const theme of themes) {
    for (const kind of KINDS) {
      const lights = THEMES[theme].ramps[kind].map(luminance);
      const ordered = lights.toSorted((a, b) => (theme === 'day' ? b - a : a - b));
      expect(lights, `${theme} ${kind}`).toEqual(ordered);
      for (const [i, colour] of THEMES[theme].ramps[kind].entries()) {
        const next = THEMES[theme].ramps[kind][i + 1];
        if (next) expect(contrast(colour, next), `${theme} ${kind} ${i}`).toBeGreaterThan(1.18);
      }
    }
  }
});

test('the lowest class contrasts with the background and the highest with everything', () => {
  for (const theme of themes) {
    const { cityFill, land, ramps } = THEMES[theme];
    for (const kind of KINDS) {
      for (const background of [cityFill, land]) {
        expect(contrast(ramps[kind][0], background), `${theme} ${kind} quietest`).toBeGreaterThan(1.15);
        expect(contrast(ramps[kind][6], background), `${theme} ${kind} busiest`).toBeGreaterThan(7);
      }
    }
  }
});

test('names are readable on the base map', () => {
  for (const theme of themes) {
    const { label, labelHalo, place, background, cityFill, land, selection, selectionCasing } = THEMES[theme];
    for (const fill of [background, cityFill, land]) expect(contrast(label, fill), theme).toBeGreaterThan(7);
    for (const fill of [land, labelHalo]) expect(contrast(place, fill), theme).toBeGreaterThan(4.5);
    expect(contrast(selection, selectionCasing), theme).toBeGreaterThan(7);
  }
});
