import { distance, VISIONS } from './colourVision.testing';
import { evaluate } from './evaluate.testing';
import { type GrowthState, growthColour, growthRows } from './growth';
import { THEMES } from './tokens';

const state: GrowthState = {
  scale: 'difference',
  minCount: 10,
  days: { now: 7, was: 14 },
  zooms: [
    { zoom: 5, limits: [10, 20, 40] },
    { zoom: 11, limits: [1, 2, 4] },
  ],
};
const tokens = THEMES.day;
const [fall3, fall2, fall1, same, rise1, rise2, rise3] = tokens.growth;

const colourOf = (own: GrowthState, counts: { now?: number; was?: number }, zoom = 12) =>
  evaluate(growthColour(own, tokens), counts, zoom);

test('the difference a day has a class around no change and three on each side', () => {
  for (const [now, was, colour] of [
    [70, 140, same],
    [76, 140, same],
    [77, 140, rise1],
    [84, 140, rise2],
    [98, 140, rise3],
    [98, undefined, rise3],
    [62, 140, fall1],
    [55, 140, fall2],
    [10, 140, fall3],
    [undefined, 140, fall3],
    [9, 9, tokens.few],
  ] as const) {
    const counts = { ...(now && { now }), ...(was && { was }) };
    expect(colourOf(state, counts), `${now} after ${was}`).toBe(colour);
  }
  expect(colourOf(state, { now: 98, was: 140 }, 5.5), 'at zoom 5').toBe(same);
});

test('the percentage compares counts a day, and a cell without orders before has the highest class', () => {
  const percent: GrowthState = { ...state, scale: 'percent' };
  for (const [now, was, colour] of [
    [70, 140, same],
    [77, 140, rise1],
    [100, 140, rise2],
    [140, 140, rise3],
    [20, 0, rise3],
    [60, 140, fall1],
    [0, 140, fall3],
  ] as const) {
    expect(colourOf(percent, { now, was }), `${now} after ${was}`).toBe(colour);
  }
});

test('the legend has the limits of the paint, highest class first', () => {
  expect(growthRows([1, 2, 4], tokens.growth).map(({ from, to }) => [from, to])).toEqual([
    [4, null],
    [2, 4],
    [1, 2],
    [-1, 1],
    [-2, -1],
    [-4, -2],
    [null, -4],
  ]);
});

test('classes differ from their neighbours, and rises from falls, for every kind of colour vision', () => {
  for (const theme of ['day', 'night'] as const) {
    const { growth, few } = THEMES[theme];
    for (const vision of VISIONS) {
      for (const [i, colour] of growth.entries()) {
        const next = growth[i + 1];
        if (next) expect(distance(colour, next, vision), `${theme} ${colour} ${next} ${vision}`).toBeGreaterThan(0.04);
        expect(distance(colour, few, vision), `${theme} ${colour} ${few} ${vision}`).toBeGreaterThan(0.03);
      }
      for (const fall of growth.slice(0, 3))
        for (const rise of growth.slice(4))
          expect(distance(fall, rise, vision), `${theme} ${fall} ${rise} ${vision}`).toBeGreaterThan(0.08);
    }
  }
});
