import { buildsOf, healthOf, nextDueOf, PUBLIC_AGE_DAYS, sourcesOf, staleDataDays } from './freshness';
import type { Hold } from './holds';

const at = (time: string): number => Date.parse(time);
const layer = (slot: string, next_due: string | null, orders = 0) => ({
  layer: 'density',
  slot,
  job: 'orders',
  from: '2026-11-24',
  to: '2026-11-24',
  built_at: '2026-11-25T05:30:00Z',
  data_at: null,
  next_due,
  orders,
  sources: [] as { name: string; data_at: string; max_age_seconds: number }[],
  tilejson: '',
});
const table = {
  name: 'options',
  slot: 'now',
  job: 'snapshot',
  url: '',
  built_at: '2026-11-25T05:31:00Z',
  rows: 7,
  data_at: null,
  next_due: null,
};
const holds: Hold[] = [];

test('every layer and table is a build, with its number of rows if known', () => {
  const builds = buildsOf({ layers: [layer('1d', null, 1770), layer('now', null)], tables: [table], holds }, 0);
  expect(builds.map(({ type, slot, rows }) => [type, slot, rows])).toEqual([
    ['layer', '1d', 1770],
    ['layer', 'now', null],
    ['table', 'now', 7],
  ]);
});

test('the earliest due time decides the health, with a few minutes of grace', () => {
  const layers = [layer('1d', '2026-11-26T05:30:00Z'), layer('now', '2026-11-25T06:00:00Z'), layer('7d', null)];
  const builds = buildsOf({ layers, tables: [], holds }, 0);
  expect(nextDueOf(builds)).toBe('2026-11-25T06:00:00Z');
  expect(healthOf(builds, true, at('2026-11-25T05:59:00Z'))).toBe('fresh');
  expect(healthOf(builds, true, at('2026-11-25T06:04:00Z'))).toBe('fresh');
  expect(healthOf(builds, true, at('2026-11-25T06:06:00Z'))).toBe('late');
  expect(healthOf(builds, false, at('2026-11-25T05:59:00Z'))).toBe('unreachable');
});

test('without due times the health is unknown', () => {
  expect(healthOf(buildsOf({ layers: [layer('1d', null)], tables: [], holds }, 0), true, 0)).toBe('unknown');
});

test('a held build is neither late nor on time, and others can still be late', () => {
  const held = [{ job: 'orders', since: '2026-11-25T05:00:00Z', until: '2026-11-27T05:00:00Z', reason: null }];
  const healthAt = (time: string, tableDue: string | null = null) => {
    const tables = [{ ...table, next_due: tableDue }];
    const builds = buildsOf({ layers: [layer('1d', '2026-11-26T05:30:00Z')], tables, holds: held }, at(time));
    return [healthOf(builds, true, at(time)), nextDueOf(builds)];
  };
  expect(healthAt('2026-11-25T12:00:00Z')).toEqual(['held', null]);
  expect(healthAt('2026-11-26T12:00:00Z')).toEqual(['held', null]);
  expect(healthAt('2026-11-26T12:00:00Z', '2026-11-26T12:10:00Z')).toEqual(['held', '2026-11-26T12:10:00Z']);
  expect(healthAt('2026-11-26T12:00:00Z', '2026-11-26T11:00:00Z')).toEqual(['late', '2026-11-26T11:00:00Z']);
  // The hold has ended.
  expect(healthAt('2026-11-27T05:00:00Z')).toEqual(['late', '2026-11-26T05:30:00Z']);
});

test('data is old if its last day is more than two days ago in the configured time zone', () => {
  const [to, now] = ['2026-11-24', at('2026-11-26T20:00:00Z')];
  expect(staleDataDays(to, now, 'UTC')).toBeNull();
  // In Tehran it is 23:30, and midnight half an hour later.
  expect(staleDataDays(to, now, 'Asia/Tehran')).toBeNull();
  expect(staleDataDays(to, at('2026-11-26T20:30:00Z'), 'Asia/Tehran')).toBe(3);
  expect(staleDataDays('2008-06-10', at('2026-11-26T12:00:00Z'), 'UTC')).toBe(6743);
  expect(staleDataDays('2026-11-28', now, 'UTC')).toBeNull();
  expect(staleDataDays('2026-10-25', at('2026-11-27T12:00:00Z'), 'UTC', PUBLIC_AGE_DAYS)).toBeNull();
  expect(staleDataDays('2026-10-25', at('2026-11-28T12:00:00Z'), 'UTC', PUBLIC_AGE_DAYS)).toBe(34);
});

test('a source is too old after its maximum age', () => {
  const source = { name: 'rival', data_at: '2026-11-25T06:00:00Z', max_age_seconds: 3600 };
  const layers = [
    { ...layer('now', null), sources: [source] },
    { ...layer('7d', null), sources: [source] },
  ];
  const old = (time: string) => sourcesOf({ layers }, Date.parse(time)).map(({ name, isTooOld }) => [name, isTooOld]);
  expect(old('2026-11-25T07:00:00Z')).toEqual([['rival', false]]);
  expect(old('2026-11-25T07:00:01Z')).toEqual([['rival', true]]);
});
