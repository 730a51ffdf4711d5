// A layer's TileJSON, validated when it is loaded.

import type { Bounds } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import type { GrowthZoom } from '@styles/growth';
import type { Kind } from '@styles/measure';
import type { Overlay } from '@styles/overlays';
import * as v from 'valibot';
import { boundsSchema, type Catalog, type PublishedLayer } from './catalog';
import { fetchJson } from './fetchJson';
import type { Days } from './time/days';

const number = v.pipe(v.number(), v.finite());

/** By zoom and attribute. */
const quantilesSchema = v.record(v.string(), v.record(v.string(), v.array(number)));
const totalsSchema = v.record(v.string(), v.record(v.string(), number));

const tileJsonSchema = v.object({
  tiles: v.pipe(v.array(v.string()), v.minLength(1)),
  bounds: boundsSchema,
  minzoom: number,
  maxzoom: number,
  attribution: v.optional(v.string()),
  lines: v.array(v.nullable(v.string())),
  probabilities: v.array(number),
  quantiles: quantilesSchema,
  city_quantiles: v.optional(v.record(v.string(), quantilesSchema), {}),
  city_totals: v.optional(v.record(v.string(), totalsSchema), {}),
  min_users: v.optional(number, 1),
  time_zone: v.optional(v.string()),
});

const overlayTileJsonSchema = v.object({
  tiles: v.pipe(v.array(v.string()), v.minLength(1)),
  bounds: boundsSchema,
  minzoom: number,
  maxzoom: number,
  lines: v.optional(v.array(v.string()), []),
  grades: v.optional(v.array(v.string()), []),
  people_per_dot: v.optional(v.record(v.string(), number), {}),
});

/** A density layer that is ready to draw. */
export interface Dataset {
  layer: PublishedLayer;
  /** Absolute URL of the tiles, with {z}, {x} and {y}. */
  tileUrl: string;
  bounds: Bounds;
  /** In index order; empty for a line that no cell of a public layer shows. */
  lines: readonly string[];
  /** Of all cities. */
  quantiles: Quantiles;
  /** Of the cells of each city, by its key; archives of older versions have none. */
  cities: Readonly<Record<string, CityCells>>;
  minUsers: number;
  /** The IANA time zone of its days; absent where it is unknown. */
  timeZone: string | undefined;
  attribution: string;
  /** What is known of a chosen range; absent for a published window. */
  range?: RangeFacts;
  /** The period that its cells are compared with; absent without one. */
  growth?: GrowthFacts;
}

/** The window that tables by slot must have to belong to a dataset. Tables do not count chosen hours. */
export function countedSlot(dataset: Dataset | null): string {
  const isByHour = dataset?.range && !dataset.range.hasUsers;
  return dataset && !isByHour ? dataset.layer.slot : '';
}

export interface RangeFacts {
  /** Whether its cells have users: not where hours are chosen. */
  hasUsers: boolean;
  /** The key of the city whose cells have the quantiles. */
  city: string;
  /** Whether the quantiles of users are counted. */
  hasUserLimits: boolean;
}

/** The other period of a growth map. The attributes `now` and `was` of its cells are the counts of both. */
export interface GrowthFacts {
  before: Days;
  /** The kind and the names of the lines that are counted; none for every line. */
  kind: Kind;
  lines: readonly string[];
  minCount: number;
  /** Of the cells of the city, by zoom. */
  zooms: readonly GrowthZoom[];
}

/** What an archive says of the cells whose centres lie in a city. */
export interface CityCells {
  quantiles: Quantiles;
  /** Sums of the attributes of orders, by zoom and attribute. Zeros are left out. */
  totals: v.InferOutput<typeof totalsSchema>;
}

/** The distribution of the cells of a city; of all cities where its own is unknown. */
export function quantilesOf(
  { quantiles, cities }: Pick<Dataset, 'quantiles' | 'cities'>,
  city: string | undefined,
): Quantiles {
  return cities[city ?? '']?.quantiles ?? quantiles;
}

/** The tiles of an overlay. */
export interface OverlayTiles {
  overlay: Overlay;
  /** Absolute URL of the tiles, with {z}, {x} and {y}. */
  tileUrl: string;
  bounds: Bounds;
  minzoom: number;
  maxzoom: number;
  lines: readonly string[];
  grades: readonly string[];
  /** The number of inhabitants per dot, by zoom. */
  peoplePerDot: Readonly<Record<string, number>>;
}

export async function fetchDataset(layer: PublishedLayer): Promise<Dataset> {
  const json = await fetchJson(layer.tilejson, tileJsonSchema);
  const { minzoom, maxzoom, probabilities } = json;
  const all = { probabilities, byZoom: json.quantiles, minzoom, maxzoom };
  return {
    layer,
    tileUrl: absolute(json.tiles[0] ?? ''),
    bounds: json.bounds,
    lines: json.lines.map((line) => line ?? ''),
    quantiles: all,
    cities: citiesOf(json, all),
    minUsers: json.min_users,
    timeZone: json.time_zone,
    attribution: json.attribution ?? '',
  };
}

/** A zoom at which no centre of a cell lies in the city keeps the quantiles of all cities. */
function citiesOf(
  { city_quantiles, city_totals }: v.InferOutput<typeof tileJsonSchema>,
  all: Quantiles,
): Dataset['cities'] {
  const cities = Object.entries(city_quantiles).map(([key, byZoom]): [string, CityCells] => {
    const quantiles = { ...all, byZoom: { ...all.byZoom, ...byZoom } };
    return [key, { quantiles, totals: city_totals[key] ?? {} }];
  });
  return Object.fromEntries(cities);
}

export async function fetchOverlay(catalog: Catalog, overlay: Overlay): Promise<OverlayTiles | null> {
  const layer = catalog.layers.find(({ layer }) => layer === overlay);
  if (!layer) return null;
  const json = await fetchJson(layer.tilejson, overlayTileJsonSchema);
  const { bounds, minzoom, maxzoom, lines, grades, people_per_dot: peoplePerDot } = json;
  return { overlay, tileUrl: absolute(json.tiles[0] ?? ''), bounds, minzoom, maxzoom, lines, grades, peoplePerDot };
}

function absolute(template: string): string {
  return tileTemplate(template, location.origin);
}

const LOOPBACK = /^https?:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?(?=\/)/;

/**
 * The absolute URL of a tile template. A server without a public URL names its own loopback address, which
 * may not be the one that this page was loaded from. `new URL` would escape the braces.
 */
export function tileTemplate(template: string, origin: string): string {
  const path = template.replace(LOOPBACK, '');
  return path.startsWith('/') ? origin + path : path;
}
