import { LoadCache } from './loadCache';

function counting(capacity: number) {
  const cache = new LoadCache<string>(capacity);
  const loads: string[] = [];
  const get = (key: string) =>
    cache.get(key, async () => {
      loads.push(key);
      return key.toUpperCase();
    });
  return { get, loads };
}

test('a cached value is loaded once, even by requests at the same time', async () => {
  const { get, loads } = counting(2);
  expect(await Promise.all([get('a'), get('a')])).toEqual(['A', 'A']);
  expect(await get('a')).toBe('A');
  expect(loads).toEqual(['a']);
});

test('the least recently used value is dropped at capacity', async () => {
  const { get, loads } = counting(2);
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key);
  expect(loads).toEqual(['a', 'b', 'c', 'b']);
});

test('a failed load is repeated', async () => {
  const cache = new LoadCache<number>(2);
  await expect(cache.get('a', () => Promise.reject(new Error('offline')))).rejects.toThrow('offline');
  expect(await cache.get('a', () => Promise.resolve(1))).toBe(1);
});
