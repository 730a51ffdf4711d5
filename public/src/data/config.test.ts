import { DEFAULT_CONFIG, namesIn, textOn, weekendOf } from './config';

test('the weekend is Thursday and Friday unless it is configured', () => {
  expect(weekendOf(DEFAULT_CONFIG)).toEqual([3, 4]);
  expect(weekendOf({ weekend: ['sunday', 'saturday'] })).toEqual([5, 6]);
});

test('the configuration has each name in both languages', () => {
  const lines = { Cafe: { fa: 'کافه', en: 'Coffee' } };
  expect(namesIn('fa', lines)).toEqual({ Cafe: 'کافه' });
  expect(namesIn('en', lines)).toEqual({ Cafe: 'Coffee' });
});

test('text on an accent colour is white or near black, whichever has more contrast', () => {
  for (const [colour, text] of [
    ['#000000', '#ffffff'],
    ['#ffffff', '#14181d'],
    ['#b3370b', '#ffffff'],
    ['#fbb95a', '#14181d'],
    ['#0a7d4f', '#ffffff'],
  ] as const) {
    expect(textOn(colour), colour).toBe(text);
  }
});
