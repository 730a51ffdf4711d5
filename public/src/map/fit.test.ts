import { parseState } from '../state/state';
import { squareAt } from '../tiles/cells';
import type { TileAddress } from '../tiles/tileAddress';
import type { Model } from '../view/model';
import { boundsOfShown, unionOf } from './fit';

const vendor = (lng: number, lat: number, status: number) => ({ lng, lat, status, visible: 1 });
const model = {
  catalog: { cities: [{ key: 'tehran', bounds: [51, 35.45, 51.75, 35.9] }] },
  dataset: { tileUrl: '{z}/{x}/{y}', lines: ['Restaurant', 'Cafe'], quantiles: { minzoom: 5, maxzoom: 14 } },
  areaList: {
    areas: [
      { id: 1, bounds: [51.1, 35.5, 51.2, 35.6] },
      { id: 2, bounds: [51.3, 35.6, 51.4, 35.7] },
    ],
  },
  vendorTable: { vendors: [vendor(51.2, 35.6, 5), vendor(51.5, 35.8, 5), vendor(51.7, 35.5, 1)] },
} as unknown as Model;

const place = [51.42, 35.72] as const;
/** Orders in one cell of the city, and in a cell of the same tile outside any city. */
const fetchCells = async (_: string, tile: TileAddress) => {
  const own = squareAt(...place, tile.z);
  if (own.column !== tile.x || own.row !== tile.y) return [];
  const indexOf = (lng: number, lat: number): number => {
    const cell = squareAt(lng, lat, tile.z + 6);
    return (cell.row - own.row * 64) * 64 + (cell.column - own.column * 64);
  };
  return [
    [indexOf(...place), { l0: 3 }],
    [indexOf(51.42, 35.95), { l0: 3 }],
    [indexOf(51.5, 35.75), { l1: 3 }],
  ] as const;
};
const boxOf = (hash: string) => boundsOfShown(parseState(hash, { lang: 'en', theme: 'day' }), model, fetchCells);

test('the map is fitted to the filtered vendors only', async () => {
  expect(await boxOf('#over=vendors')).toEqual([51.2, 35.6, 51.5, 35.8]);
  expect(await boxOf('#over=vendors&vendor-status=all')).toEqual([51.2, 35.5, 51.7, 35.8]);
  expect(await boxOf('#over=vendors&vendor-code=unknown')).toBeNull();
});

test('the map is fitted to the cells of the city that have orders of the chosen lines', async () => {
  const [west = 0, south = 0, east = 0, north = 0] = (await boxOf('#line=Restaurant')) ?? [];
  expect(west <= place[0] && east >= place[0] && south <= place[1] && north >= place[1]).toBe(true);
  expect(east - west).toBeLessThan(0.02);
  expect(north - south).toBeLessThan(0.02);
});

test('the map is fitted to areas if nothing else is shown, and to nothing if nothing is shown', async () => {
  expect(await boxOf('#density=off&over=areas')).toEqual([51.1, 35.5, 51.4, 35.7]);
  expect(await boxOf('#density=off')).toBeNull();
  expect(unionOf([])).toBeNull();
});
