import { createCellFetcher } from './densityTiles';

afterEach(() => vi.unstubAllGlobals());

test('moving over a country requests each tile once and caches a bounded number of them', async () => {
  const requests: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    requests.push(url);
    return new Response(null, { status: 204 });
  });
  const fetchCells = createCellFetcher();
  const tileOf = (x: number) => fetchCells('https://map.example/{z}/{x}/{y}.mvt', { z: 14, x, y: 3 });
  for (let x = 0; x < 1000; x += 1) await tileOf(x);
  expect(requests).toHaveLength(1000);
  expect(requests[7]).toBe('https://map.example/14/7/3.mvt');
  for (const x of [999, 950, 999]) await tileOf(x);
  expect(requests).toHaveLength(1000);
  await tileOf(0);
  expect(requests).toHaveLength(1001);
});
