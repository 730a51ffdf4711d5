// What the server publishes: the catalog, and a layer's TileJSON. Checked where it enters.

import type { City } from '@styles/base';
import { OVERLAYS, type Overlay } from '@styles/overlays';
import * as v from 'valibot';
import { fetchJson } from './fetchJson';

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

export type PublishedTable = v.InferOutput<typeof tableSchema>;
export type PublishedLayer = v.InferOutput<typeof layerSchema>;

export interface Catalog {
  /** Number of the map; a newer map has a higher one. */
  number: number;
  builtAt: string;
  /** Key of the city that a fresh page shows; `null` for the first. */
  home: string | null;
  cities: readonly City[];
  layers: readonly PublishedLayer[];
  tables: readonly PublishedTable[];
}

/** With `no-cache` what the server says now, never what a browser stored. */
export async function fetchCatalog(cache: RequestCache = 'default'): Promise<Omit<Catalog, 'home'>> {
  const { number, built_at, cities, layers, tables } = await fetchJson('/v1/catalog.json', catalogSchema, cache);
  return { number, builtAt: built_at, cities, layers, tables };
}

/** The overlays that are published, in their order. */
export function overlaysOf(catalog: Catalog): Overlay[] {
  return OVERLAYS.filter((overlay) => catalog.layers.some(({ layer }) => layer === overlay));
}

/** The internal layer where the server shows it, else the public one; its windows, shortest first. */
export function densityLayersOf(catalog: Catalog): PublishedLayer[] {
  const named = (name: string): PublishedLayer[] => catalog.layers.filter(({ layer }) => layer === name);
  const internal = named('density');
  const layers = internal.length > 0 ? internal : named('density-public');
  return layers.toSorted((a, b) => days(a.slot) - days(b.slot) || a.slot.localeCompare(b.slot));
}

/** The window asked for; else 30 days; else whatever there is. */
export function chooseLayer(layers: readonly PublishedLayer[], slot: string | null): PublishedLayer | null {
  const named = (name: string | null): PublishedLayer | undefined => layers.find((layer) => layer.slot === name);
  return named(slot) ?? named('30d') ?? layers[0] ?? null;
}

function days(slot: string): number {
  return Number(/^(\d+)d$/.exec(slot)?.[1] ?? Number.POSITIVE_INFINITY);
}
