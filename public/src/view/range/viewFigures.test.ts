import { gridToLngLat, tileAt } from '../../tiles/cells';
import type { FetchCells, TileCells } from '../../tiles/densityTiles';
import { ordersInView, usersInView } from './viewFigures';

const counted = { tileUrl: '/{z}/{x}/{y}', quantiles: { minzoom: 5, maxzoom: 12, probabilities: [], byZoom: {} } };
const home = tileAt(51.35, 35.7, 10);

/** Orders by the cell of zoom 10 in which they were placed; each user is a list of such cells. */
const USERS = [
  [
    [10, 10],
    [11, 10],
    [12, 10],
  ],
  [
    [10, 10],
    [10, 11],
  ],
  [[40, 40]],
  [
    [63, 63],
    [10, 10],
  ],
  [[20, 30]],
] as const;

/** Counts the orders and users of each cell of a tile, at any zoom up to 10. */
const fetchCells: FetchCells = async (_, { z, x, y }): Promise<TileCells> => {
  const cells = new Map<number, { orders: Set<number>; users: Set<number> }>();
  let order = 0;
  for (const [user, orders] of USERS.entries()) {
    for (const [column, row] of orders) {
      order += 1;
      const shift = 2 ** (10 - z);
      const at = [home.x * 64 + column, home.y * 64 + row].map((place) => Math.floor(place / shift));
      const [cellX = 0, cellY = 0] = at;
      if (Math.floor(cellX / 64) !== x || Math.floor(cellY / 64) !== y) continue;
      const index = (cellY % 64) * 64 + (cellX % 64);
      const cell = cells.get(index) ?? { orders: new Set(), users: new Set() };
      cells.set(index, cell);
      cell.orders.add(order);
      cell.users.add(user);
    }
  }
  return [...cells].map(([index, { orders, users }]) => [index, { orders: orders.size, users: users.size }] as const);
};

/** A view from one corner to another, in cells of zoom 10. */
function viewOf(left: number, top: number, right: number, bottom: number) {
  const [west, north] = gridToLngLat(home.x * 64 + left, home.y * 64 + top, 16);
  const [east, south] = gridToLngLat(home.x * 64 + right, home.y * 64 + bottom, 16);
  return [west, south, east, north] as [number, number, number, number];
}

test('the orders in view are those of the cells whose centres are in it', async () => {
  for (const [view, expected] of [
    [viewOf(0, 0, 64, 64), 9],
    [viewOf(9.4, 9.4, 11.4, 11.6), 4],
    [viewOf(9.6, 9.6, 11.6, 11.6), 5],
    [viewOf(50, 50, 60, 60), 0],
  ] as const) {
    expect(await ordersInView(counted, view, 10.7, [], fetchCells), String(view)).toBe(expected);
  }
});

test('the users in view are within their bounds, wherever the view is', async () => {
  for (let left = -20; left < 64; left += 7) {
    for (const size of [5, 17, 40, 100]) {
      const view = viewOf(left + 0.3, left + 0.1, left + size, left + size + 0.2);
      const isSeen = ([column, row]: readonly [number, number]): boolean => {
        const [x, y] = [column + 0.5, row + 0.5];
        return x > left + 0.3 && x < left + size && y > left + 0.1 && y < left + size + 0.2;
      };
      const users = USERS.filter((cells) => cells.some(isSeen)).length;
      const { min, max } = await usersInView(counted, view, 10, [], fetchCells);
      expect(min, `${left} ${size}`).toBeLessThanOrEqual(users);
      expect(max, `${left} ${size}`).toBeGreaterThanOrEqual(users);
    }
  }
});

test('a large cell inside the view gives a better lower bound than its small ones', async () => {
  const { min, max } = await usersInView(counted, viewOf(-1, -1, 33, 33), 10, [], fetchCells);
  expect([min, max]).toEqual([4, 4]);
});
