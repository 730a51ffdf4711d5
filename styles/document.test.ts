import { readFileSync } from 'node:fs';
import { type SourceSpecification, type StyleSpecification, validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { AREA_KINDS } from './areas';
import { zoomClasses } from './classes';
import { PLAIN_COVERAGE } from './coverage';
import { SOURCE_LAYER, type View } from './density';
import { type DocumentState, mapStyle } from './document';
import { AUTOMATIC_HEAT } from './heat';
import { OVERLAYS } from './overlays';
import { DOCUMENTS } from './published';
import { DEFAULT_VENDORS } from './vendorFilter';
import { FAR_VENDORS } from './vendors';

/** The source-layers of the archives. */
const SOURCE_LAYERS = ['density', 'coverage', 'areas', 'area-labels', 'population', 'vendors', 'radii'];

const measure = { kind: 'orders', lines: [] } as const;
const quantiles = {
  probabilities: [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1],
  minzoom: 13,
  maxzoom: 14,
  byZoom: { '13': { orders: [1, 1, 2, 3, 4, 5, 6, 7, 8] } },
};
const city = {
  id: 2,
  key: 'tehran',
  name_fa: 'تهران',
  name_en: 'Tehran',
  center: [51.39, 35.7],
  zoom: 11,
  bounds: [51, 35.45, 51.75, 35.9],
} as const;

function stateOf(view: View, basemap: StyleSpecification | null = null): DocumentState {
  const classes = zoomClasses(quantiles, measure);
  return {
    theme: 'night',
    lang: 'fa',
    cities: [city],
    density: {
      sources: {
        density: { type: 'vector', tiles: ['http://127.0.0.1/{z}/{x}/{y}.mvt'] },
        'density-squares': { type: 'vector', tiles: ['squares://http://127.0.0.1/{z}/{x}/{y}.mvt'] },
      },
      source: { points: 'density', squares: 'density-squares', withheld: null },
      state: {
        view,
        measure,
        classes,
        heat: AUTOMATIC_HEAT,
        heatFits: [],
        basemap: basemap ? 'custom' : 'plain',
        isOutlined: false,
        shownClasses: [],
        lineCount: 0,
      },
    },
    selection: null,
    basemap,
  };
}

/** Everything that can be on the map at once. */
function fullState(view: View): DocumentState {
  const tiles: SourceSpecification = { type: 'vector', tiles: ['http://127.0.0.1/{z}/{x}/{y}.mvt'] };
  const state = stateOf(view);
  return {
    ...state,
    basemapAreas: { kinds: ['region', 'neighbourhood'], isNamed: true, names: new Map() },
    overlays: {
      sources: Object.fromEntries([...OVERLAYS, 'radii', FAR_VENDORS].map((source) => [source, tiles])),
      state: {
        shown: OVERLAYS,
        areaKinds: AREA_KINDS,
        theme: state.theme,
        coverage: { line: null, lines: [], shownClasses: [], appearance: PLAIN_COVERAGE, maxzoom: 12 },
        hasFarVendors: true,
        shownVendors: 500,
        showsRadii: true,
        markerSize: 1,
        vendorFilter: DEFAULT_VENDORS,
        vendorsInside: [],
        paint: { how: 'tint', tint: 'blue' },
        dotStep: 4,
        chosen: new Map(),
        names: new Map(),
        figures: new Map(),
      },
    },
  };
}

const drawn: [name: string, style: StyleSpecification][] = [
  ...Object.entries(DOCUMENTS).map(([name, make]) => [name, make()] as [string, StyleSpecification]),
  ['cells', mapStyle(stateOf('cells'))],
  ['heat', mapStyle(stateOf('heat'))],
  ['everything, cells', mapStyle(fullState('cells'))],
  ['everything, heat', mapStyle(fullState('heat'))],
  ['data only', mapStyle({ ...stateOf('cells'), isDataOnly: true })],
  ['before the catalog', mapStyle({ ...stateOf('cells'), cities: [], density: null })],
];

test('every document is a valid style', () => {
  for (const [name, style] of drawn) {
    expect(
      validateStyleMin(style).map(({ message }) => message),
      name,
    ).toEqual([]);
  }
});

test('every source and source-layer of a document exists', () => {
  for (const [name, style] of drawn) {
    for (const layer of style.layers) {
      if (!('source' in layer)) continue;
      expect(Object.keys(style.sources), `${name} ${layer.id}`).toContain(layer.source);
      if (layer['source-layer'] !== undefined)
        expect(SOURCE_LAYERS, `${name} ${layer.id}`).toContain(layer['source-layer']);
    }
  }
  expect(SOURCE_LAYERS).toContain(SOURCE_LAYER);
});

test('the committed documents are up to date', () => {
  for (const [name, make] of Object.entries(DOCUMENTS)) {
    const written: unknown = JSON.parse(readFileSync(new URL(`./dist/${name}`, import.meta.url), 'utf8'));
    expect(written, `${name}: run npm run styles`).toEqual(make());
  }
});

test('lines are above fills, points above lines, names above points', () => {
  const order = [
    /^(background|city-fill)$/,
    /^(land$|border-)/,
    /^graticule-/,
    /^density-(cells|heat)$/,
    /^areas-fill$/,
    /^coverage$/,
    /^vendor-radius$/,
    /^areas-line-/,
    /^population$/,
    /^vendors(-far)?(-dot)?$/,
    /^city-boundary$/,
    /^place-/,
    /^(city-name|city-corner)$/,
    /^area-names-/,
    /^selection/,
  ];
  for (const view of ['cells', 'heat'] as const) {
    const ids = mapStyle(fullState(view)).layers.map(({ id }) => id);
    const ranks = ids.map((id) => order.findIndex((pattern) => pattern.test(id)));
    expect(ranks, `${view}: ${ids.join(' ')}`).toEqual(ranks.toSorted((a, b) => a - b));
    expect(new Set(ranks), view).toEqual(new Set(order.keys()));
  }
});

test('the data is below the names, and the picked cell above everything', () => {
  const ids = mapStyle(stateOf('cells')).layers.map(({ id }) => id);
  expect(ids.indexOf('density-cells')).toBeGreaterThan(ids.indexOf('city-fill'));
  expect(ids.indexOf('density-cells')).toBeLessThan(ids.indexOf('city-name'));
  expect(ids.at(-1)).toBe('selection');
});

test('a configured base map replaces the built-in one, with the data below its first label', () => {
  const basemap: StyleSpecification = {
    version: 8,
    sources: {},
    layers: [
      { id: 'land', type: 'background' },
      { id: 'streets', type: 'symbol', source: 'none' },
    ],
  };
  const ids = mapStyle(stateOf('cells', basemap)).layers.map(({ id }) => id);
  expect(ids).toEqual(['land', 'density-cells', 'streets', 'selection-casing', 'selection']);
});

test('the base map has borders of areas, and their names unless the areas overlay is shown', () => {
  const ids = (isNamed: boolean): string[] =>
    mapStyle({ ...fullState('cells'), basemapAreas: { kinds: ['region', 'neighbourhood'], isNamed, names: new Map() } })
      .layers.map(({ id }) => id)
      .filter((id) => /^(land|border-|place-)/.test(id));
  const borders = ['land', 'border-region', 'border-neighbourhood'];
  expect(ids(true)).toEqual([...borders, 'place-neighbourhood', 'place-region']);
  expect(ids(false)).toEqual(borders);
  expect(mapStyle({ ...fullState('cells'), basemapAreas: null }).layers.some(({ id }) => id === 'land')).toBe(false);
});

test('outlined density is drawn above the fills and below lines and points', () => {
  const full = fullState('cells');
  const density = full.density && { ...full.density, state: { ...full.density.state, isOutlined: true } };
  const { layers } = mapStyle({ ...full, density });
  const at = (id: string): number => layers.findIndex((layer) => layer.id === id);
  expect(layers[at('density-cells')]?.type).toBe('line');
  expect(at('density-withheld')).toBe(-1);
  for (const fill of ['coverage', 'areas-fill']) expect(at('density-cells'), fill).toBeGreaterThan(at(fill));
  for (const above of ['areas-line-region', 'vendors']) expect(at('density-cells'), above).toBeLessThan(at(above));
});
