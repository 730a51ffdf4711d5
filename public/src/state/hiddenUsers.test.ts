import { offeredFills, offeredKinds, withoutUsers } from './hiddenUsers';
import { parseState } from './state';

const defaults = { lang: 'en', theme: 'day' } as const;

test('hidden users are not offered', () => {
  expect(offeredKinds(true)).toEqual(['orders', 'organic', 'nonorganic']);
  expect(offeredKinds(false)).toContain('users');
  expect(offeredFills(true).filter((fill) => fill.includes('users'))).toEqual([]);
  expect(offeredFills(false)).toContain('all-users');
});

test('a link to hidden users shows orders', () => {
  const hash = '#kind=users&vs=users&areas=marketing&fill=all-users&window=30d';
  expect(parseState(hash, defaults)).toMatchObject({ kind: 'users', areaFill: 'all-users' });
  expect(parseState(hash, { ...defaults, hidesUsers: true })).toMatchObject({
    kind: 'orders',
    compare: null,
    areaFill: 'none',
    window: '30d',
  });
});

test('everything else stays as it was chosen', () => {
  const state = parseState('#kind=organic&vs=orders&fill=population', defaults);
  expect(withoutUsers(state)).toEqual(state);
});
