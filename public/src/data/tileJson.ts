// A layer's TileJSON, validated when it is loaded.

import type { Bounds } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import type { Overlay } from '@styles/overlays';
import * as v from 'valibot';
import { boundsSchema, type Catalog, type PublishedLayer } from './catalog';
import { fetchJson } from './fetchJson';

const number = v.pipe(v.number(), v.finite());

const tileJsonSchema = v.object({
  tiles: v.pipe(v.array(v.string()), v.minLength(1)),
  bounds: boundsSchema,
  minzoom: number,
  maxzoom: number,
  attribution: v.optional(v.string()),
  lines: v.array(v.nullable(v.string())),
  probabilities: v.array(number),
  quantiles: v.record(v.string(), v.record(v.string(), v.array(number))),
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
  quantiles: Quantiles;
  minUsers: number;
  /** The IANA time zone of its days; absent where it is unknown. */
  timeZone: string | undefined;
  attribution: string;
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
  const { minzoom, maxzoom } = json;
  return {
    layer,
    tileUrl: absolute(json.tiles[0] ?? ''),
    bounds: json.bounds,
    lines: json.lines.map((line) => line ?? ''),
    quantiles: { probabilities: json.probabilities, byZoom: json.quantiles, minzoom, maxzoom },
    minUsers: json.min_users,
    timeZone: json.time_zone,
    attribution: json.attribution ?? '',
  };
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
