import type { Dataset } from '../../data/tileJson';
import { gridToLngLat, tileAt } from '../../tiles/cells';
import type { FetchCells } from '../../tiles/densityTiles';
import { countCity, publishedFigures } from './cityFigures';

const dataset = { tileUrl: '/{z}/{x}/{y}', quantiles: { minzoom: 4, maxzoom: 12 } } as unknown as Dataset;
const home = tileAt(51.35, 35.7, 10);
/** The middle half of a tile. */
const [west, north] = gridToLngLat(home.x * 64 + 16, home.y * 64 + 16, 16);
const [east, south] = gridToLngLat(home.x * 64 + 48, home.y * 64 + 48, 16);
const city = { bounds: [west, south, east, north] } as const;

test('the cells whose centres lie in the city are added up, of the chosen lines only', async () => {
  const asked: string[] = [];
  const fetchCells: FetchCells = async (_, { z, x, y }) => {
    asked.push(`${z}/${x}/${y}`);
    if (x !== home.x || y !== home.y) return [];
    // One cell at each corner of the tile, and one in its middle; the tile is larger than the city.
    const cell = { orders: 10, organic: 4, l0: 7, o0: 2, l1: 3, o1: 2 };
    return [
      [0, { orders: 1000, organic: 1000 }],
      [32 * 64 + 32, cell],
      [4095, { orders: 1000, organic: 1000 }],
    ];
  };
  expect(await countCity(dataset, { bounds: [...city.bounds] }, [], fetchCells)).toEqual({ orders: 10, organic: 4 });
  expect(await countCity(dataset, { bounds: [...city.bounds] }, [0], fetchCells)).toEqual({ orders: 7, organic: 2 });
  expect(new Set(asked).size).toBe(asked.length / 2);
  expect(asked.every((tile) => tile.startsWith('10/'))).toBe(true);
});

test('published figures are those of the city at the zoom that is counted otherwise', () => {
  const totals = { '10': { cells: 3, orders: 10, organic: 4, l0: 7, o0: 2, l1: 3 }, '12': { orders: 9 } };
  const { quantiles } = dataset;
  const published = { quantiles, cities: { tehran: { quantiles, totals } } };
  const tehran = { key: 'tehran' };
  expect(publishedFigures(published, tehran, [])).toEqual({ orders: 10, organic: 4 });
  expect(publishedFigures(published, tehran, [0, 1])).toEqual({ orders: 10, organic: 2 });
  expect(publishedFigures(published, { key: 'shiraz' }, [])).toBeNull();
});
