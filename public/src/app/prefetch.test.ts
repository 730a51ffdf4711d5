import { LoadCache } from '../lib/loadCache';
import { fetchAll, neighbours } from './prefetch';

const WORLD = [-180, -85, 180, 85] as const;
const set = { tileUrl: '/t/{z}/{x}/{y}', bounds: WORLD, minzoom: 2, maxzoom: 4 };
/** The middle of tile 3/4/3, so that only that tile is in view. */
const VIEW = [10, 10, 20, 20] as const;

test('the neighbours are the tiles around the view, without those in view', () => {
  const found = neighbours(set, VIEW, 3.5);
  const ring = [3, 4, 5].flatMap((x) => [2, 3, 4].map((y) => `/t/3/${x}/${y}`)).filter((tile) => tile !== '/t/3/4/3');
  expect(found).toEqual(ring);
});

test('no tile outside the bounds of the data is a neighbour', () => {
  expect(neighbours({ ...set, bounds: [1, 1, 30, 30] }, VIEW, 3)).toEqual([]);
  expect(neighbours(set, VIEW, 1.9)).toEqual([]);
  expect(neighbours(set, [-180, -85, 180, 85], 2)).toEqual([]);
});

test('above the highest zoom the neighbours are tiles of that zoom', () => {
  expect(neighbours(set, VIEW, 9).every((tile) => tile.startsWith('/t/4/'))).toBe(true);
});

test('a prefetched tile is not requested again until it is forgotten', async () => {
  const requests: string[] = [];
  vi.stubGlobal('fetch', async (tile: string) => {
    requests.push(tile);
    if (tile === 'broken') throw new Error('offline');
    return new Response('');
  });
  const fetched = new LoadCache<void>(2);
  const { signal } = new AbortController();
  await fetchAll(['a', 'b', 'a', 'broken', 'never'], fetched, signal);
  expect(requests).toEqual(['a', 'b', 'broken']);
  await fetchAll(['a', 'c', 'b'], fetched, signal);
  vi.unstubAllGlobals();
  expect(requests.slice(3)).toEqual(['c', 'b']);
});
