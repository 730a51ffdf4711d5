import { AUTOMATIC_HEAT } from '@styles/heat';
import type { Dataset } from '../data/tileJson';
import { squareAt } from '../tiles/cells';
import type { TileAddress } from '../tiles/tileAddress';
import { measureHeat } from './heatFits';

const place = [51.4231, 35.7218] as const;
const city = { bounds: [51, 35.45, 51.75, 35.9] } as never;
const values = [1, 1, 1, 1, 2, 3, 4, 5, 9];
const dataset = {
  tileUrl: 'https://map.example/{z}/{x}/{y}',
  quantiles: {
    probabilities: [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1],
    minzoom: 5,
    maxzoom: 14,
    byZoom: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [String(5 + i), { orders: values }])),
  },
  cities: {},
} as unknown as Dataset;

/** One busy cell in each tile that contains the position, one quiet cell in every other tile. */
const fetchCells = async (_: string, tile: TileAddress) => {
  const own = squareAt(...place, tile.z);
  const cell = squareAt(...place, tile.z + 6);
  const isOwn = own.column === tile.x && own.row === tile.y;
  const index = isOwn ? (cell.row - own.row * 64) * 64 + (cell.column - own.column * 64) : 2080;
  return [[index, { orders: isOwn ? 9 : 1 }] as const];
};

test('the busiest location of a city is followed through every zoom', async () => {
  const fits = await measureHeat(dataset, city, { kind: 'orders', lines: [] }, AUTOMATIC_HEAT, fetchCells);
  expect(fits.map(({ zoom }) => zoom).toSorted((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  for (const { zoom, at } of fits) {
    const [cell, tile] = [squareAt(...place, zoom + 6), squareAt(...place, zoom)];
    expect(at, `zoom ${zoom}`).toEqual([cell.column - tile.column * 64, cell.row - tile.row * 64]);
  }
});

test('a city without orders has no heat fits', async () => {
  const nothing = async () => [];
  expect(await measureHeat(dataset, city, { kind: 'orders', lines: [] }, AUTOMATIC_HEAT, nothing)).toEqual([]);
});
