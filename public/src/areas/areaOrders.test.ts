import type { Area } from './areaList';
import { type AreaOrders, withRange } from './areaOrders';
import { statOf } from './areaStat';
import { unavailableReason } from './unavailable';

const TABLE: AreaOrders = {
  lines: ['Bakery', 'Cafe'],
  windows: ['all'],
  counts: new Map([7, 8, 9].map((id) => [id, {}])),
};
const kept = (retained: number, lost: number) => ({ retained, lost, gained: 1, fresh: 0 });
const SLOT = '2026-11-01_2026-11-07';
const RANGE = {
  slot: SLOT,
  // The timeline lists lines in another order.
  lines: ['Cafe', 'Bakery'],
  areas: new Map([
    [
      7,
      {
        orders: 30,
        users: 9,
        byLine: [
          { orders: 20, users: 8 },
          { orders: 10, users: 5 },
        ],
      },
    ],
    [8, { orders: 0, users: 0, byLine: [] }],
  ]),
  retention: [new Map([[7, kept(4, 5)]]), new Map([[7, kept(3, 2)]]), new Map([[7, kept(1, 6)]])],
};

const area = (id: number) => ({ id }) as Area;
const figures = (orders: AreaOrders, lines: readonly string[]) => ({
  vendors: null,
  gaps: null,
  orders,
  window: SLOT,
  lines,
});

test('a range is counted by line, and areas of another city have no counts', () => {
  const orders = withRange(TABLE, RANGE);
  expect(orders.windows).toEqual(['all', SLOT]);
  for (const [stat, id, lines, value] of [
    ['orders', 7, [], 30],
    ['orders', 7, ['Bakery'], 10],
    ['users', 7, ['Cafe'], 8],
    ['orders', 8, [], 0],
    ['orders', 9, [], null],
    ['lost', 7, [], 5],
    ['lost', 7, ['Cafe'], 2],
    ['retained', 7, ['Bakery'], 1],
    ['lost', 8, [], 0],
  ] as const) {
    expect(statOf(stat, area(id), figures(orders, lines)), `${stat} of ${id}, ${lines}`).toBe(value);
  }
});

test('retention is unknown for several lines and without the days before', () => {
  const three = withRange({ ...TABLE, lines: ['Bakery', 'Cafe', 'Pastry'] }, RANGE);
  expect(statOf('lost', area(7), figures(three, ['Bakery', 'Cafe']))).toBeNull();
  const catalog = { tables: [{ name: 'area-stats/orders' }] } as never;
  const reason = (range: typeof RANGE | (Omit<typeof RANGE, 'retention'> & { retention: null }), lines: number) =>
    unavailableReason('lost', catalog, withRange(TABLE, range), SLOT, lines);
  expect(reason(RANGE, 1)).toBeNull();
  expect(reason(RANGE, 2)).toBe('lines');
  expect(reason({ ...RANGE, retention: null }, 0)).toBe('before');
  expect(unavailableReason('lost', catalog, TABLE, SLOT, 0)).toBe('window');
});
