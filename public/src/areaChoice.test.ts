import { formatAreaIds, isInside, parseAreaIds } from './areaChoice';

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

test('a vendor is inside any of the chosen areas, and everybody is where none is chosen', () => {
  expect(isInside({ areaIds: [1, 2] }, [2, 9])).toBe(true);
  expect(isInside({ areaIds: [1, 2] }, [3])).toBe(false);
  expect(isInside({ areaIds: [] }, [3])).toBe(false);
  expect(isInside({}, [3])).toBe(false);
  expect(isInside({ areaIds: [] }, [])).toBe(true);
});
