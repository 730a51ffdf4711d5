import { formatAreaIds, parseAreaIds } from './areaIds';

test('chosen areas survive the address, in a few letters each', () => {
  const ids = [2 ** 52 - 1, 7, 123_456_789_012];
  const text = formatAreaIds(ids);
  expect(text).toMatch(/^[0-9a-z.]+$/);
  expect(text.length).toBeLessThan(24);
  expect(parseAreaIds(text)).toEqual(ids.toSorted((a, b) => a - b));
  expect(formatAreaIds(ids.toReversed())).toBe(text);
});

test('what is no id in the address is left out', () => {
  expect(parseAreaIds('')).toEqual([]);
  expect(parseAreaIds('7..zz!.7.zzzzzzzzzzzz.8')).toEqual([7, 8]);
});
