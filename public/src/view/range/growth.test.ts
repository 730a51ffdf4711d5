import type { Catalog } from '../../data/catalog';
import { parseState } from '../../state/state';
import { changeOf, countOfPlace, growthRefusal, growthWanted } from './growth';

const layer = { layer: 'timeline-orders', slot: '2026-11', from: '2026-11-01', to: '2026-11-22', tilejson: '/o' };
const window = { layer: 'density', slot: '7d', from: '2026-11-16', to: '2026-11-22', tilejson: '/7d' };
const catalog = { layers: [layer, window], tables: [] } as unknown as Catalog;
const defaults = { lang: 'en', theme: 'day', density: { lines: [], window: null } } as const;
const at = (hash: string) => parseState(`#window=7d&growth=before&${hash}`, defaults);

test('growth compares the range with the days before, whether or not its window is published', () => {
  expect(growthWanted(catalog, at('line=Cafe'))).toMatchObject({
    layer: { layer: 'timeline', from: '2026-11-16', to: '2026-11-22' },
    wanted: {
      before: { from: '2026-11-09', to: '2026-11-15' },
      kind: 'orders',
      lines: ['Cafe'],
      minCount: 10,
    },
  });
  expect(growthWanted(catalog, parseState('#window=7d', defaults))).toBeNull();
  expect(growthWanted({ ...catalog, layers: [] }, at('')), 'no timeline').toBeNull();
});

test('what is not known exactly is refused', () => {
  expect(growthRefusal(catalog, at(''))).toBeNull();
  expect(growthRefusal(catalog, { ...at(''), window: 'all' })).toBe('days');
  expect(growthRefusal(catalog, at('kind=users&line=Cafe&line=Bakery'))).toBe('lines');
  expect(growthRefusal(catalog, at('kind=users&line=Cafe'))).toBeNull();
  const unequal = parseState('#window=7d&kind=users&growth=2026-11-01_2026-11-03', defaults);
  expect(growthRefusal(catalog, unequal)).toBe('lengths');
  expect(growthRefusal(catalog, { ...unequal, kind: 'orders' })).toBeNull();
});

test('a change is a difference a day and a share of the counts a day', () => {
  const [week, fortnight] = [
    { from: '2026-11-16', to: '2026-11-22' },
    { from: '2026-11-02', to: '2026-11-15' },
  ];
  expect(changeOf(70, 70, week, fortnight)).toEqual({ now: 70, was: 70, perDay: 5, share: 1 });
  expect(changeOf(7, 0, week, fortnight)).toEqual({ now: 7, was: 0, perDay: 1, share: null });
  expect(changeOf(0, 14, week, fortnight)).toEqual({ now: 0, was: 14, perDay: -1, share: -1 });
});

test('the count of a place is of the kind and the lines', () => {
  const line = (orders: number) => ({ orders, organic: 2, unknown: 1, users: 3 });
  const counts = { orders: 30, organic: 4, unknown: 2, users: 5, byLine: [line(10), line(20)] };
  expect(countOfPlace(counts, 'orders', [])).toBe(30);
  expect(countOfPlace(counts, 'nonorganic', [])).toBe(24);
  expect(countOfPlace(counts, 'nonorganic', [1])).toBe(17);
  expect(countOfPlace(counts, 'users', [0])).toBe(3);
  expect(countOfPlace(undefined, 'orders', [])).toBe(0);
});
