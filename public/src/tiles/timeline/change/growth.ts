// The counts of two periods in the cells of a tile, and the class limits of their difference.

import type { Bounds } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import type { GrowthLimits, GrowthZoom } from '@styles/growth';
import type { Days } from '../../../data/time/days';
import { type CellAddress, cellCentre, tilesOver } from '../../cells';
import type { TileAddress } from '../../tileAddress';
import { addressOf, TILE_CELLS } from '../cellCounts';
import type { Measured } from '../frames';
import { DEEPEST_COUNTED } from '../limits';
import type { RangeCounts } from '../rangeCounts';

/** What a range is compared with. */
export interface Against {
  before: Days;
  measured: Measured;
}

/** The counts of a cell in the range and in the other period. */
export interface Compared {
  now: number;
  was: number;
}

/** The measured count of a cell. `lines` are the names of the counted lines. Users are of one line or of all. */
export function countOfCell(
  counts: RangeCounts,
  { kind, lines: chosen }: Measured,
  lines: readonly string[],
  cell: number,
): number {
  if (kind === 'users' && chosen.length > 1) throw new Error('users of several lines are not counted');
  const of = (count: 'orders' | 'organic' | 'unknown' | 'users'): number =>
    chosen.length === 0
      ? counts.ofAll(count, cell)
      : chosen.reduce((sum, line) => sum + (lines.includes(line) ? counts.of(count, lines.indexOf(line), cell) : 0), 0);
  return kind === 'nonOrganic' ? of('orders') - of('organic') - of('unknown') : of(kind);
}

/** Half of the coloured cells are in the middle class, and one in twenty in the outer ones. */
const SHARES = [0.5, 0.8, 0.95] as const;
/** Where no cell has enough orders. */
const PLAIN: GrowthLimits = [1, 2, 5];

/** The class limits of the absolute differences. Each has two digits and is above the one before. */
export function limitsOf(differences: readonly number[]): GrowthLimits {
  const sorted = Float64Array.from(differences, Math.abs)
    .filter((own) => own > 0)
    .sort();
  if (sorted.length === 0) return PLAIN;
  const [low, middle, high] = SHARES.map(
    (share) => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)],
  );
  return rising(low ?? 0, middle ?? 0, high ?? 0);
}

function rising(...values: [number, number, number]): GrowthLimits {
  const [low, middle, high] = values.map((value) => Number(value.toPrecision(2))) as [number, number, number];
  const second = middle > low ? middle : Number((low * 1.5).toPrecision(2));
  return [low, second, high > second ? high : Number((second * 1.5).toPrecision(2))];
}

interface CityQuestion {
  city: Bounds;
  zooms: { min: number; max: number };
  days: { now: number; was: number };
  minCount: number;
  /** The quantiles of a published window. */
  base: Quantiles;
  compare(tile: TileAddress): Promise<(cell: number) => Compared>;
}

/** The limits of each zoom: of the cells of the city that are coloured, never of the view. */
export async function growthZooms({ zooms, base, ...asked }: CityQuestion): Promise<GrowthZoom[]> {
  const found: GrowthZoom[] = [];
  for (let zoom = zooms.min; zoom <= Math.min(zooms.max, DEEPEST_COUNTED); zoom++) {
    found.push({ zoom, limits: limitsOf(await differencesAt(zoom, asked)) });
  }
  const deepest = found.at(-1)?.limits ?? PLAIN;
  for (let zoom = DEEPEST_COUNTED + 1; zoom <= zooms.max; zoom++) {
    const factor = shrinking(base, zoom);
    const [low, middle, high] = deepest;
    found.push({ zoom, limits: rising(low * factor, middle * factor, high * factor) });
  }
  return found;
}

async function differencesAt(
  zoom: number,
  { city, days, minCount, compare }: Omit<CityQuestion, 'zooms' | 'base'>,
): Promise<number[]> {
  const tiles = tilesOver(city, zoom).map(async (tile) => {
    const countsOf = await compare(tile);
    const own: number[] = [];
    for (let cell = 0; cell < TILE_CELLS; cell++) {
      const { now, was } = countsOf(cell);
      if (Math.max(now, was) < minCount || !isInside(addressOf(tile, cell), city)) continue;
      own.push(now / days.now - was / days.was);
    }
    return own;
  });
  return (await Promise.all(tiles)).flat();
}

function isInside(cell: CellAddress, [west, south, east, north]: Bounds): boolean {
  const [lng, lat] = cellCentre(cell);
  return lng >= west && lng <= east && lat >= south && lat <= north;
}

/** How much lower the busy cells of a published window are at a zoom than at the deepest counted one. */
function shrinking({ byZoom, probabilities }: Quantiles, zoom: number): number {
  const at = (level: number): number => byZoom[level]?.orders?.[probabilities.indexOf(0.9)] ?? 1;
  return at(zoom) / at(DEEPEST_COUNTED);
}
