import { chooseLayer, densityLayersOf, type PublishedLayer } from './catalog';

const layer = (name: string, slot: string): PublishedLayer => ({
  layer: name,
  slot,
  from: '2026-10-25',
  to: '2026-11-23',
  built_at: '2026-11-23T05:30:00Z',
  data_at: null,
  next_due: null,
  tilejson: `/v1/tiles/${name}/${slot}/tilejson.json`,
});
const catalogOf = (...layers: PublishedLayer[]) => ({
  number: 1,
  home: null,
  builtAt: '',
  cities: [],
  tables: [],
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
