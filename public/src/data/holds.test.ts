import { holdOf, shownHolds } from './holds';

const at = (time: string): number => Date.parse(time);
const orders = { job: 'orders', since: '2026-11-24T05:00:00Z', until: '2026-11-26T05:00:00Z', reason: null };
const snapshot = { ...orders, job: 'snapshot', reason: 'half of the vendors are missing' };

test('a job is held until its hold ends', () => {
  expect(holdOf([orders], 'orders', at('2026-11-26T04:59:00Z'))).toBe(orders);
  expect(holdOf([orders], 'orders', at('2026-11-26T05:00:00Z'))).toBeNull();
  expect(holdOf([orders], 'areas', at('2026-11-25T05:00:00Z'))).toBeNull();
  // A layer of an unknown job is not held.
  expect(holdOf([orders], null, at('2026-11-25T05:00:00Z'))).toBeNull();
});

test('each held job of the shown layers is listed once, with the newest day of its data', () => {
  const layers = [
    { job: 'orders', to: '2026-11-23' },
    { job: 'snapshot', to: '2026-11-24' },
    { job: 'snapshot', to: '2026-11-25' },
    { job: 'areas', to: '2026-11-01' },
  ];
  expect(shownHolds(layers, [snapshot, orders], at('2026-11-25T05:00:00Z'))).toEqual([
    { hold: orders, day: '2026-11-23' },
    { hold: snapshot, day: '2026-11-25' },
  ]);
  expect(shownHolds(layers.slice(0, 1), [snapshot], at('2026-11-25T05:00:00Z'))).toEqual([]);
  expect(shownHolds(layers, [snapshot, orders], at('2026-11-27T05:00:00Z'))).toEqual([]);
});
