import { chooseLayer, densityLayersOf, fetchCatalog, type PublishedLayer } from './catalog';

const layer = (name: string, slot: string): PublishedLayer => ({
  layer: name,
  slot,
  job: 'orders',
  from: '2026-10-25',
  to: '2026-11-23',
  built_at: '2026-11-23T05:30:00Z',
  data_at: null,
  next_due: null,
  sources: [],
  tilejson: `/v1/tiles/${name}/${slot}/tilejson.json`,
});
const catalogOf = (...layers: PublishedLayer[]) => ({
  number: 1,
  home: null,
  builtAt: '',
  cities: [],
  tables: [],
  holds: [],
  holidays: [],
  layers,
});

test('the internal layer is preferred to the public one', () => {
  const pub = layer('density-public', '30d');
  expect(densityLayersOf(catalogOf(pub, layer('density', '30d'))).map(({ layer: name }) => name)).toEqual(['density']);
  expect(densityLayersOf(catalogOf(pub, layer('areas', 'now')))).toEqual([pub]);
  expect(densityLayersOf(catalogOf())).toEqual([]);
});

test('windows are listed shortest first', () => {
  const slots = ['all', '7d', '90d', '1d', '30d'].map((slot) => layer('density', slot));
  expect(densityLayersOf(catalogOf(...slots)).map(({ slot }) => slot)).toEqual(['1d', '7d', '30d', '90d', 'all']);
});

test('the layer is that of the requested window, else of 30 days, else the first one', () => {
  const layers = [layer('density', '7d'), layer('density', '30d')];
  expect(chooseLayer(layers, '7d')?.slot).toBe('7d');
  expect(chooseLayer(layers, '365d')?.slot).toBe('30d');
  expect(chooseLayer(layers.slice(0, 1), null)?.slot).toBe('7d');
  expect(chooseLayer([], null)).toBeNull();
});

const respondWith = (body: object): void => {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body)));
};

test('holds and holidays are read from the catalog, and may be absent', async () => {
  const plain = { number: 1, built_at: '2026-11-23T05:30:00Z', cities: [], layers: [], tables: [] };
  respondWith(plain);
  expect(await fetchCatalog()).toMatchObject({ holds: [], holidays: [] });
  const hold = { job: 'orders', since: '2026-11-24T05:00:00Z', until: '2026-11-26T05:00:00Z' };
  const [own, shared] = [{ ...hold, author: 'amir', reason: 'half is missing' }, hold];
  const [named, unnamed] = [
    { from: '2026-03-20', to: '2026-04-02', name: 'nowruz' },
    { from: '2026-02-11', to: '2026-02-11' },
  ];
  respondWith({ ...plain, holds: [own, shared], holidays: [named, unnamed] });
  const catalog = await fetchCatalog();
  expect(catalog.holds).toEqual([
    { ...hold, reason: 'half is missing' },
    { ...hold, reason: null },
  ]);
  expect(catalog.holidays).toEqual([named, { ...unnamed, name: null }]);
});
