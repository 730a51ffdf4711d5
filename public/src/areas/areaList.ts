// The areas of a city with their names, label positions and populations, read from the map's own tiles.

import { VectorTile, type VectorTileLayer } from '@mapbox/vector-tile';
import { AREA_KINDS, type AreaKind } from '@styles/areas';
import type { Bounds, City } from '@styles/base';
import { PbfReader } from 'pbf';
import * as v from 'valibot';
import { LoadError } from '../data/fetchJson';
import type { OverlayTiles } from '../data/tileJson';
import { gridToLngLat, tilesOver } from '../tiles/cells';
import { type TileAddress, tileUrlOf } from '../tiles/tileAddress';

export interface Area {
  id: number;
  kind: AreaKind;
  /** As in the source data. */
  name: string;
  /** Normalised for search: see `normaliseName`. */
  search: string;
  /** `null` where the census has no figures. */
  population: number | null;
  densityKm2: number | null;
  /** The position of the label, inside the area. */
  place: readonly [lng: number, lat: number];
  bounds: Bounds;
}

export interface AreaList {
  /** Key of the city. */
  city: string;
  /** Sorted by kind, in the order of `AREA_KINDS`, then by name. */
  areas: readonly Area[];
}

const figure = v.optional(v.number());
const attributesSchema = v.object({
  id: v.number(),
  kind: v.picklist(AREA_KINDS),
  name: v.string(),
  name_norm: v.string(),
  city: v.number(),
  population: figure,
  density_km2: figure,
});

/** At this zoom a city fits into a few tiles, and a tile unit is 38 m at the equator. */
const LIST_ZOOM = 8;

export async function fetchAreaList({ tileUrl }: OverlayTiles, city: City): Promise<AreaList> {
  const tiles = await Promise.all(tilesOver(city.bounds, LIST_ZOOM).map((tile) => fetchFeatures(tileUrl, tile)));
  return { city: city.key, areas: areasOf(tiles.flat(), city.id) };
}

/** A tile feature of an area: its label, or a part of its outline. */
export interface AreaFeature {
  attributes: Record<string, unknown>;
  /** `null` for a part of the outline. */
  place: Area['place'] | null;
  bounds: Bounds;
}

export function areasOf(features: readonly AreaFeature[], city: number): Area[] {
  const boundsById = new Map<number, Bounds>();
  for (const { attributes, place, bounds } of features) {
    if (place === null) boundsById.set(Number(attributes.id), joined(boundsById.get(Number(attributes.id)), bounds));
  }
  const areas = features.flatMap(({ attributes, place, bounds }) => {
    const known = v.safeParse(attributesSchema, attributes);
    if (place === null || !known.success || known.output.city !== city) return [];
    const { id, kind, name, name_norm: search, population = null, density_km2: densityKm2 = null } = known.output;
    return [{ id, kind, name, search, population, densityKm2, place, bounds: boundsById.get(id) ?? bounds }];
  });
  const rank = ({ kind }: Area): number => AREA_KINDS.indexOf(kind);
  return areas.toSorted((a, b) => rank(a) - rank(b) || compareNames(a, b));
}

/** Numbers in names sort by value: region 2 comes before region 10. */
export function compareNames(a: Area, b: Area): number {
  return NAMES.compare(a.search, b.search) || a.id - b.id;
}

const NAMES = new Intl.Collator('fa', { numeric: true });

function joined(a: Bounds | undefined, b: Bounds): Bounds {
  return a ? [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])] : b;
}

async function fetchFeatures(template: string, tile: TileAddress): Promise<AreaFeature[]> {
  const url = tileUrlOf(template, tile);
  const response = await fetch(url);
  if (!response.ok) throw new LoadError(new URL(url).pathname, String(response.status));
  // 204 is an empty tile.
  if (response.status === 204) return [];
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer())));
  return [layers['area-labels'], layers.areas].flatMap((layer) => (layer ? featuresOf(layer, tile) : []));
}

/** Geometry type of the Mapbox Vector Tile 2.1 protobuf, section 4.1. */
const POINT = 1;

function featuresOf(layer: VectorTileLayer, tile: TileAddress): AreaFeature[] {
  return Array.from({ length: layer.length }, (_, i) => {
    const feature = layer.feature(i);
    const [left = 0, top = 0, right = 0, bottom = 0] = feature.bbox();
    const at = (x: number, y: number): [number, number] =>
      gridToLngLat(tile.x + x / layer.extent, tile.y + y / layer.extent, tile.z);
    const place = feature.type === POINT ? at(left, top) : null;
    return { attributes: feature.properties, place, bounds: [...at(left, bottom), ...at(right, top)] };
  });
}
