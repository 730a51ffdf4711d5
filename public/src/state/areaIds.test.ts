import { formatAreaIds, parseAreaIds } from './areaIds';

test('chosen areas round-trip through the URL, in a few characters each', () => {
  const ids = [2 ** 52 - 1, 7, 123_456_789_012];
  const text = formatAreaIds(ids);
  expect(text).toMatch(/^[0-9a-z.]+$/);
  expect(text.length).toBeLessThan(24);
  expect(parseAreaIds(text)).toEqual(ids.toSorted((a, b) => a - b));
  expect(formatAreaIds(ids.toReversed())).toBe(text);
});

test('invalid ids in the URL are ignored', () => {
  expect(parseAreaIds('')).toEqual([]);
  expect(parseAreaIds('7..zz!.7.zzzzzzzzzzzz.8')).toEqual([7, 8]);
});
