import { rankAreas } from './areaRanking';

const row = (id: number, name: string, value: number | null): Parameters<typeof rankAreas>[0][number] => ({
  area: {
    id,
    kind: 'region',
    name,
    search: name,
    population: null,
    densityKm2: null,
    place: [0, 0],
    bounds: [0, 0, 0, 0],
  },
  value,
});
const rows = [row(1, 'منطقه ۱', 5), row(2, 'منطقه ۲', null), row(3, 'منطقه ۳', 9), row(4, 'ونک', 5), row(5, 'یوسف', 0)];

test('areas are sorted by value or name, unknown values last', () => {
  const ids = (order: 'highest' | 'lowest' | 'name'): number[] => rankAreas(rows, order, '').map(({ area }) => area.id);
  expect(ids('highest')).toEqual([3, 1, 4, 5, 2]);
  expect(ids('lowest')).toEqual([5, 1, 4, 3, 2]);
  expect(ids('name')).toEqual([1, 2, 3, 4, 5]);
});

test('equal values share a rank in any order, and the share is relative to the largest value', () => {
  const ranks = rankAreas(rows, 'name', '').map(({ rank, share }) => [rank, share]);
  expect(ranks).toEqual([
    [2, 5 / 9],
    [null, 0],
    [1, 1],
    [2, 5 / 9],
    [4, 0],
  ]);
});

test('areas are found by the words of their name with digits of both scripts, and keep their rank', () => {
  expect(rankAreas(rows, 'highest', ' 3 منطقه').map(({ area, rank }) => [area.id, rank])).toEqual([[3, 1]]);
  expect(rankAreas(rows, 'highest', 'ونك').map(({ area }) => area.id)).toEqual([4]);
  expect(rankAreas(rows, 'highest', 'تهران')).toEqual([]);
});
