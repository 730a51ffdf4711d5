// Class limits of a range: quantiles over all cells of a city at a zoom, never over the view.

import type { Bounds } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import { CELL_LEVELS, CELLS_PER_TILE } from '@styles/tokens';
import { cellCentre, tilesOver } from '../cells';
import type { TileAddress } from '../tileAddress';
import { cellTags } from './densityTile';
import type { RangeCounts } from './rangeCounts';

/** The probabilities of the published quantiles. */
export const PROBABILITIES = [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

/** Counted up to this zoom. Below it a city has too many tiles. */
export const DEEPEST_COUNTED = 11;

type ByAttribute = Record<string, number[]>;

/** Counts the tiles of the city. `zooms` are ascending. */
export async function rangeQuantiles(
  zooms: { min: number; max: number },
  city: Bounds,
  base: Quantiles,
  count: (tile: TileAddress) => Promise<RangeCounts>,
): Promise<Quantiles> {
  const byZoom: Record<string, ByAttribute> = {};
  for (let zoom = zooms.min; zoom <= Math.min(zooms.max, DEEPEST_COUNTED); zoom++) {
    const values = new Map<string, number[]>();
    const tiles = tilesOver(city, zoom).map(async (tile) => collect(values, tile, city, await count(tile)));
    await Promise.all(tiles);
    byZoom[zoom] = Object.fromEntries([...values].map(([name, own]) => [name, quantilesOf(own)]));
  }
  for (let zoom = DEEPEST_COUNTED + 1; zoom <= zooms.max; zoom++) {
    byZoom[zoom] = scaled(byZoom[DEEPEST_COUNTED] ?? {}, base, zoom);
  }
  return { probabilities: PROBABILITIES, byZoom, minzoom: zooms.min, maxzoom: zooms.max };
}

function collect(values: Map<string, number[]>, tile: TileAddress, city: Bounds, counts: RangeCounts): void {
  const [west, south, east, north] = city;
  for (let cell = 0; cell < counts.cells; cell++) {
    const tags = cellTags(counts, cell);
    if (tags.length === 0) continue;
    const column = tile.x * CELLS_PER_TILE + (cell % CELLS_PER_TILE);
    const row = tile.y * CELLS_PER_TILE + Math.floor(cell / CELLS_PER_TILE);
    const [lng, lat] = cellCentre({ level: tile.z + CELL_LEVELS, column, row });
    if (lng < west || lng > east || lat < south || lat > north) continue;
    for (const [name, value] of [...tags, ...nonorganic(tags)]) {
      const own = values.get(name);
      if (own) own.push(value);
      else values.set(name, [value]);
    }
  }
}

/** Orders that are known not to be organic, under the names of published quantiles. */
function nonorganic(tags: readonly (readonly [string, number])[]): [string, number][] {
  const of = new Map(tags);
  const rest = (all: string, organic: string, unknown: string): number =>
    (of.get(all) ?? 0) - (of.get(organic) ?? 0) - (of.get(unknown) ?? 0);
  const lines = tags.flatMap(([name]) => /^l(\d+)$/.exec(name)?.[1] ?? []);
  const found: [string, number][] = [
    ['nonorganic', rest('orders', 'organic', 'unknown')],
    ...lines.map((line): [string, number] => [`n${line}`, rest(`l${line}`, `o${line}`, `x${line}`)]),
  ];
  return found.filter(([, value]) => value > 0);
}

/** The lowest value that a share of the values does not exceed (type 1 of Hyndman and Fan), for each probability. */
export function quantilesOf(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return PROBABILITIES.map((share) => sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1] ?? 0);
}

/**
 * The quantiles of a published window, in proportion to those of the range at the deepest counted zoom. They do not depend on
 * the view either.
 */
function scaled(counted: ByAttribute, base: Quantiles, zoom: number): ByAttribute {
  const at = (level: number, name: string, index: number): number =>
    base.byZoom[level]?.[name]?.[base.probabilities.indexOf(PROBABILITIES[index] ?? 0)] ?? 0;
  const scale = (name: string, own: readonly number[]): number[] =>
    own.map((value, index) => {
      const published = at(DEEPEST_COUNTED, name, index);
      return published > 0 ? Math.max(Math.round((value * at(zoom, name, index)) / published), 1) : value;
    });
  return Object.fromEntries(Object.entries(counted).map(([name, own]) => [name, scale(name, own)]));
}
