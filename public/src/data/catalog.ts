// The catalog of the server, validated when it is loaded.

import type { City } from '@styles/base';
import { OVERLAYS, type Overlay } from '@styles/overlays';
import * as v from 'valibot';
import { fetchJson } from './fetchJson';
import { type Hold, holdSchema } from './holds';
import { type Holiday, holidaySchema } from './time/holidays';

const number = v.pipe(v.number(), v.finite());
const lngLat = v.tuple([number, number]);
export const boundsSchema = v.tuple([number, number, number, number]);

const citySchema = v.object({
  id: number,
  key: v.string(),
  name_fa: v.string(),
  name_en: v.string(),
  center: lngLat,
  zoom: number,
  bounds: boundsSchema,
});

/** A time that may be unknown. */
const maybeTime = v.optional(v.nullable(v.string()), null);

/** The job that publishes it, as holds name it; `null` where it is unknown. */
const maybeJob = v.optional(v.nullable(v.string()), null);

/** A source whose rows a layer joins, and the age at which they are too old. */
const sourceSchema = v.object({ name: v.string(), data_at: v.string(), max_age_seconds: number });

const layerSchema = v.object({
  layer: v.string(),
  slot: v.string(),
  job: maybeJob,
  from: v.string(),
  to: v.string(),
  built_at: v.string(),
  orders: v.optional(number),
  data_at: maybeTime,
  next_due: maybeTime,
  sources: v.optional(v.array(sourceSchema), []),
  tilejson: v.string(),
});

const tableSchema = v.object({
  name: v.string(),
  slot: v.optional(v.string(), 'now'),
  job: maybeJob,
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
  holds: v.optional(v.array(holdSchema), []),
  holidays: v.optional(v.array(holidaySchema), []),
});

export type PublishedTable = v.InferOutput<typeof tableSchema>;
export type PublishedLayer = v.InferOutput<typeof layerSchema>;

export interface Catalog {
  /** The number of the map version; a newer map has a higher one. */
  number: number;
  builtAt: string;
  /** The key of the default city; `null` for the first city of the list. */
  home: string | null;
  cities: readonly City[];
  layers: readonly PublishedLayer[];
  tables: readonly PublishedTable[];
  /** Some may have ended. */
  holds: readonly Hold[];
  holidays: readonly Holiday[];
}

/** `no-cache` revalidates the catalog with the server. */
export async function fetchCatalog(cache: RequestCache = 'default'): Promise<Omit<Catalog, 'home'>> {
  const { built_at: builtAt, ...catalog } = await fetchJson('/v1/catalog.json', catalogSchema, cache);
  return { builtAt, ...catalog };
}

/** The published overlays, in the order of `OVERLAYS`. */
export function overlaysOf(catalog: Catalog): Overlay[] {
  return OVERLAYS.filter((overlay) => catalog.layers.some(({ layer }) => layer === overlay));
}

/** The time of a city's vendor data: of the newest input, or of the build; `null` where no table is published. */
export function snapshotTime({ tables }: Pick<Catalog, 'tables'>, city: string): string | null {
  const table = tables.find(({ name }) => name === `vendors/${city}`);
  return table?.data_at ?? (table?.built_at || null);
}

/** The windows of the internal density layer, or of the public one where the server lists no other; shortest first. */
export function densityLayersOf(catalog: Catalog): PublishedLayer[] {
  const named = (name: string): PublishedLayer[] => catalog.layers.filter(({ layer }) => layer === name);
  const internal = named('density');
  const layers = internal.length > 0 ? internal : named('density-public');
  return layers.toSorted((a, b) => days(a.slot) - days(b.slot) || a.slot.localeCompare(b.slot));
}

/** The requested window, else 30 days, else the first one. */
export function chooseLayer(layers: readonly PublishedLayer[], slot: string | null): PublishedLayer | null {
  const named = (name: string | null): PublishedLayer | undefined => layers.find((layer) => layer.slot === name);
  return named(slot) ?? named('30d') ?? layers[0] ?? null;
}

function days(slot: string): number {
  return Number(/^(\d+)d$/.exec(slot)?.[1] ?? Number.POSITIVE_INFINITY);
}
