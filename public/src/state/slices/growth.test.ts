import { formatState, parseState } from '../state';
import { FIRST_GROWTH, showingGrowth } from './growth';

const defaults = { lang: 'en', theme: 'day', density: { lines: [], window: null } } as const;
const growthAt = (hash: string) => parseState(hash, defaults).growth;

test('growth is in the URL, without its defaults', () => {
  expect(growthAt('')).toBeNull();
  expect(growthAt('#growth=before')).toEqual(FIRST_GROWTH);
  const chosen = { against: '2026-09-01_2026-09-07', scale: 'percent', minCount: 50, showsAreas: true } as const;
  const state = { ...parseState('', defaults), growth: chosen };
  const hash = formatState(state, defaults);
  expect(hash).toBe('#growth=2026-09-01_2026-09-07&growth-scale=percent&growth-min=50&growth-areas=on');
  expect(parseState(hash, defaults)).toEqual(state);
  expect(growthAt('#growth=before&growth-scale=log&growth-min=7')).toEqual(FIRST_GROWTH);
});

test('a heatmap, a comparison and a map without density have no growth', () => {
  for (const other of ['view=heat', 'vs=users', 'density=off']) {
    expect(growthAt(`#growth=before&${other}`), other).toBeNull();
  }
  const state = { ...parseState('#view=heat&vs=users', defaults), ...showingGrowth(FIRST_GROWTH) };
  expect(parseState(formatState(state, defaults), defaults)).toEqual(state);
});
