// What the server publishes: the catalog, and a layer's TileJSON. Checked where it enters.

import type { City } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import { OVERLAYS, type Overlay } from '@styles/overlays';
import * as v from 'valibot';

const number = v.pipe(v.number(), v.finite());
const lngLat = v.tuple([number, number]);
const box = v.tuple([number, number, number, number]);

const citySchema = v.object({
  id: number,
  key: v.string(),
  name_fa: v.string(),
  name_en: v.string(),
  center: lngLat,
  zoom: number,
  box,
});

/** When something may be known or not. */
const maybeTime = v.optional(v.nullable(v.string()), null);

const layerSchema = v.object({
  layer: v.string(),
  slot: v.string(),
  from: v.string(),
  to: v.string(),
  built_at: v.string(),
  orders: v.optional(number),
  data_at: maybeTime,
  next_due: maybeTime,
  tilejson: v.string(),
});

const tableSchema = v.object({
  name: v.string(),
  url: v.string(),
  built_at: v.optional(v.string(), ''),
  rows: v.optional(number, 0),
  data_at: maybeTime,
  next_due: maybeTime,
});

const catalogSchema = v.object({
  number,
  built_at: v.string(),
  cities: v.array(citySchema),
  layers: v.array(layerSchema),
  tables: v.optional(v.array(tableSchema), []),
});

const tileJsonSchema = v.object({
  tiles: v.pipe(v.array(v.string()), v.minLength(1)),
  bounds: box,
  minzoom: number,
  maxzoom: number,
  attribution: v.optional(v.string()),
  lines: v.array(v.string()),
  probabilities: v.array(number),
  quantiles: v.record(v.string(), v.record(v.string(), v.array(number))),
  min_users: v.optional(number, 1),
});

const overlayTileJsonSchema = v.object({
  tiles: v.pipe(v.array(v.string()), v.minLength(1)),
  bounds: box,
  minzoom: number,
  maxzoom: number,
  lines: v.optional(v.array(v.string()), []),
  grades: v.optional(v.array(v.string()), []),
  people_per_dot: v.optional(v.record(v.string(), number), {}),
});

export type Table = v.InferOutput<typeof tableSchema>;
export type Layer = v.InferOutput<typeof layerSchema>;

export interface Catalog {
  /** Number of the map; a newer map has a higher one. */
  number: number;
  builtAt: string;
  /** Key of the city that a fresh page shows; `null` for the first. */
  home: string | null;
  cities: readonly City[];
  layers: readonly Layer[];
  tables: readonly Table[];
}

/** A density layer ready to be drawn. */
export interface Dataset {
  layer: Layer;
  /** Absolute tile address with {z}, {x} and {y}. */
  tileUrl: string;
  bounds: [number, number, number, number];
  lines: readonly string[];
  quantiles: Quantiles;
  minUsers: number;
  attribution: string;
}

/** A layer that can be laid over density. */
export interface OverlayTiles {
  overlay: Overlay;
  /** Absolute tile address with {z}, {x} and {y}. */
  tileUrl: string;
  bounds: [number, number, number, number];
  minzoom: number;
  maxzoom: number;
  lines: readonly string[];
  grades: readonly string[];
  /** Inhabitants that a dot stands for, by zoom. */
  peoplePerDot: Readonly<Record<string, number>>;
}

/** Something the page asked for and did not get. `what` is its address. */
export class LoadError extends Error {
  constructor(
    readonly what: string,
    why: string,
    cause?: unknown,
  ) {
    super(`${what}: ${why}`, { cause });
    this.name = 'LoadError';
  }
}

/** With `no-cache` what the server says now, never what a browser stored. */
export async function fetchCatalog(cache: RequestCache = 'default'): Promise<Omit<Catalog, 'home'>> {
  const { number, built_at, cities, layers, tables } = await fetchJson('/v1/catalog.json', catalogSchema, cache);
  return { number, builtAt: built_at, cities, layers, tables };
}

export async function fetchDataset(layer: Layer): Promise<Dataset> {
  const json = await fetchJson(layer.tilejson, tileJsonSchema);
  const { minzoom, maxzoom } = json;
  return {
    layer,
    tileUrl: absolute(json.tiles[0] ?? ''),
    bounds: json.bounds,
    lines: json.lines,
    quantiles: { probabilities: json.probabilities, byZoom: json.quantiles, minzoom, maxzoom },
    minUsers: json.min_users,
    attribution: json.attribution ?? '',
  };
}

/** The overlays that are published, in their order. */
export function overlaysOf(catalog: Catalog): Overlay[] {
  return OVERLAYS.filter((overlay) => catalog.layers.some(({ layer }) => layer === overlay));
}

export async function fetchOverlay(catalog: Catalog, overlay: Overlay): Promise<OverlayTiles | null> {
  const layer = catalog.layers.find(({ layer }) => layer === overlay);
  if (!layer) return null;
  const json = await fetchJson(layer.tilejson, overlayTileJsonSchema);
  const { bounds, minzoom, maxzoom, lines, grades, people_per_dot: peoplePerDot } = json;
  return { overlay, tileUrl: absolute(json.tiles[0] ?? ''), bounds, minzoom, maxzoom, lines, grades, peoplePerDot };
}

/** The internal layer where the server shows it, else the public one; its windows, shortest first. */
export function densityLayersOf(catalog: Catalog): Layer[] {
  const named = (name: string): Layer[] => catalog.layers.filter(({ layer }) => layer === name);
  const internal = named('density');
  const layers = internal.length > 0 ? internal : named('density-public');
  return layers.toSorted((a, b) => days(a.slot) - days(b.slot) || a.slot.localeCompare(b.slot));
}

/** The window asked for; else 30 days; else whatever there is. */
export function chooseLayer(layers: readonly Layer[], slot: string | null): Layer | null {
  const named = (name: string | null): Layer | undefined => layers.find((layer) => layer.slot === name);
  return named(slot) ?? named('30d') ?? layers[0] ?? null;
}

function days(slot: string): number {
  return Number(/^(\d+)d$/.exec(slot)?.[1] ?? Number.POSITIVE_INFINITY);
}

/** `new URL` would escape the braces of a tile template. */
function absolute(template: string): string {
  return template.startsWith('/') ? location.origin + template : template;
}

export async function fetchJson<S extends v.GenericSchema>(
  path: string,
  schema: S,
  cache: RequestCache = 'default',
): Promise<v.InferOutput<S>> {
  let response: Response;
  try {
    // Same mode and credentials as the preload in index.html, so that its answer is used.
    response = await fetch(path, { credentials: 'same-origin', mode: 'cors', cache });
  } catch (cause) {
    throw new LoadError(path, 'no answer', cause);
  }
  if (!response.ok) throw new LoadError(path, String(response.status));
  const body: unknown = await response.json().catch((cause: unknown) => {
    throw new LoadError(path, 'not JSON', cause);
  });
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new LoadError(path, `${v.getDotPath(issue) ?? 'document'}: ${issue.message}`);
}
