// The built-in base map, which needs no network: background, graticule, city bounds and names.

import type { LayerSpecification, SourceSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Feature, FeatureCollection } from 'geojson';
import { type ThemeTokens, TOKENS } from './tokens';

export type Lang = 'fa' | 'en';

/** West, south, east, north. */
export type Bounds = readonly [number, number, number, number];

export interface City {
  id: number;
  key: string;
  name_fa: string;
  name_en: string;
  center: readonly [number, number];
  zoom: number;
  bounds: Bounds;
}

export function cityName(city: City, lang: Lang): string {
  return lang === 'fa' ? city.name_fa : city.name_en;
}

export function baseSources(cities: readonly City[], lang: Lang): Record<string, SourceSpecification> {
  return {
    graticule: { type: 'geojson', data: graticule(cities) },
    cities: { type: 'geojson', data: collection(cities.map((city) => boundsFeature(city))) },
    'city-names': { type: 'geojson', data: collection(cities.flatMap((city) => nameFeatures(city, lang))) },
  };
}

export function backgroundLayer(tokens: ThemeTokens): LayerSpecification {
  return { id: 'background', type: 'background', paint: { 'background-color': tokens.background } };
}

/** Drawn below the data. `land` is drawn below the graticule. */
export function layersBelowData(tokens: ThemeTokens, land: readonly LayerSpecification[]): LayerSpecification[] {
  return [
    backgroundLayer(tokens),
    { id: 'city-fill', type: 'fill', source: 'cities', paint: { 'fill-color': tokens.cityFill } },
    ...land,
    ...TOKENS.graticule.map(
      ({ degrees, minzoom }): LayerSpecification => ({
        id: `graticule-${degrees}`,
        type: 'line',
        source: 'graticule',
        minzoom,
        filter: ['==', ['get', 'degrees'], degrees],
        paint: {
          'line-color': tokens.graticule,
          'line-width': TOKENS.graticulePx,
          'line-opacity': ['interpolate', ['linear'], ['zoom'], minzoom, minzoom === 0 ? 1 : 0, minzoom + 1, 1],
        },
      }),
    ),
  ];
}

/** Drawn above the data; a thin border hides no cell. */
export function boundaryLayers(tokens: ThemeTokens): LayerSpecification[] {
  return [
    {
      id: 'city-boundary',
      type: 'line',
      source: 'cities',
      paint: { 'line-color': tokens.boundary, 'line-width': TOKENS.boundaryPx, 'line-dasharray': [4, 3] },
    },
  ];
}

export function nameLayers(tokens: ThemeTokens): LayerSpecification[] {
  const paint = { 'text-color': tokens.label, 'text-halo-color': tokens.labelHalo, 'text-halo-width': 1.5 };
  const text = { 'text-field': ['get', 'name'] as ['get', string], 'text-font': [TOKENS.font] };
  return [
    {
      id: 'city-name',
      type: 'symbol',
      source: 'city-names',
      maxzoom: TOKENS.cityNameMaxzoom,
      filter: ['==', ['get', 'place'], 'center'],
      layout: { ...text, 'text-size': 16, 'text-offset': [0, -1.6] },
      paint,
    },
    {
      id: 'city-corner',
      type: 'symbol',
      source: 'city-names',
      minzoom: TOKENS.cityNameMaxzoom,
      filter: ['==', ['get', 'place'], 'corner'],
      layout: { ...text, 'text-size': 13, 'text-anchor': 'bottom', 'text-offset': [0, -0.4] },
      paint,
    },
  ];
}

function boundsFeature({ key, bounds: [west, south, east, north] }: City): Feature {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: 'Feature', properties: { key }, geometry: { type: 'Polygon', coordinates: [ring] } };
}

/** The name at the centre, and again in the middle of the northern border. */
function nameFeatures(city: City, lang: Lang): Feature[] {
  const [west, , east, north] = city.bounds;
  const name = cityName(city, lang);
  const at = (place: string, coordinates: number[]): Feature => ({
    type: 'Feature',
    properties: { name, place },
    geometry: { type: 'Point', coordinates },
  });
  return [at('center', [...city.center]), at('corner', [(west + east) / 2, north])];
}

/** Coarse lines span the world, fine lines only the surroundings of the cities. */
function graticule(cities: readonly City[]): FeatureCollection {
  const world: Bounds = [-180, -85, 180, 85];
  const features: Feature[] = [];
  for (const { degrees } of TOKENS.graticule) {
    const boxes = degrees >= 1 ? [world] : cities.map(({ bounds }) => expanded(bounds, degrees < 0.1 ? 0.04 : 0.5));
    for (const bounds of boxes) features.push(...meridians(bounds, degrees), ...parallels(bounds, degrees));
  }
  return collection(features);
}

function expanded([west, south, east, north]: Bounds, by: number): Bounds {
  return [west - by, south - by, east + by, north + by];
}

function meridians([west, south, east, north]: Bounds, degrees: number): Feature[] {
  return multiples(west, east, degrees).map((lng) =>
    line(degrees, [
      [lng, south],
      [lng, north],
    ]),
  );
}

function parallels([west, south, east, north]: Bounds, degrees: number): Feature[] {
  return multiples(south, north, degrees).map((lat) =>
    line(degrees, [
      [west, lat],
      [east, lat],
    ]),
  );
}

function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => Number(((first + i) * step).toFixed(6)));
}

function line(degrees: number, coordinates: number[][]): Feature {
  return { type: 'Feature', properties: { degrees }, geometry: { type: 'LineString', coordinates } };
}

function collection(features: Feature[]): FeatureCollection {
  return { type: 'FeatureCollection', features };
}
