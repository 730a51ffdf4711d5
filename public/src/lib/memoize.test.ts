import { memoize } from './memoize';

test('the last two results are cached, older ones are not', () => {
  const calls: string[] = [];
  const joined = memoize((a: string, b: number) => {
    calls.push(`${a}${b}`);
    return { text: `${a}${b}` };
  });
  const first = joined('a', 1);
  expect(joined('a', 2).text).toBe('a2');
  expect(joined('a', 1)).toBe(first);
  expect(calls).toEqual(['a1', 'a2']);
  joined('b', 1);
  expect(joined('a', 1)).toBe(first);
  joined('c', 1);
  joined('d', 1);
  expect(joined('a', 1)).not.toBe(first);
  expect(calls).toEqual(['a1', 'a2', 'b1', 'c1', 'd1', 'a1']);
});
