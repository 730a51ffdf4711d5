// Which density the state asks for, and its data: a published window, or any range that the timeline counts.

import type { Bounds } from '@styles/base';
import type { Catalog, PublishedLayer } from '../../data/catalog';
import { type Dataset, fetchDataset, quantilesOf } from '../../data/tileJson';
import { chosenLayer, isRange, isSameLayer, type TimelineLayer } from '../../data/timeline';
import type { Side } from '../../state/sides';
import type { State } from '../../state/state';
import { growthWanted, measuredOf, type WantedGrowth } from './growth';
import { type OpenTimeline, openTimeline } from './timelineAccess';

export interface WantedDensity {
  layer: PublishedLayer;
  /** Ranges have the class limits of a city. */
  city: string;
  hasUserLimits: boolean;
  /** What the cells are compared with; `null` where they are only counted. */
  growth: WantedGrowth | null;
}

/** `null` where there is no density, or where the side shows the same as the main map. */
export function wantedDensity(catalog: Catalog, city: string, state: State, side: Side): WantedDensity | null {
  const window = side === 'main' ? state.window : (state.compare?.window ?? null);
  if (side === 'compared' && window === null) return null;
  const hasUserLimits = state.kind === 'users' || state.compare?.kind === 'users';
  const growth = side === 'main' ? growthWanted(catalog, state) : null;
  if (growth) return { layer: growth.layer, city, hasUserLimits, growth: growth.wanted };
  const layer = chosenLayer(catalog, window, state.hours);
  return layer && { layer, city, hasUserLimits, growth: null };
}

export function hasWanted(dataset: Dataset | null, wanted: WantedDensity | null): boolean {
  if (!(dataset && wanted && isSameLayer(dataset.layer, wanted.layer))) return false;
  const { range, growth } = dataset;
  if (!range) return wanted.growth === null;
  if (range.city !== wanted.city) return false;
  if (growth || wanted.growth) return isSameGrowth(growth, wanted.growth);
  return range.hasUserLimits || !wanted.hasUserLimits;
}

function isSameGrowth(known: Dataset['growth'], wanted: WantedGrowth | null): boolean {
  if (!(known && wanted)) return false;
  const { before, kind, lines, minCount } = known;
  return JSON.stringify({ before, kind, lines, minCount } satisfies WantedGrowth) === JSON.stringify(wanted);
}

/** Whether a change of the state may need other data. */
export function needsOtherDensity(was: State, is: State): boolean {
  return (
    (['window', 'hours', 'city', 'kind', 'compare', 'growth'] as const).some((key) => was[key] !== is[key]) ||
    (is.growth !== null && was.lines !== is.lines)
  );
}

export async function fetchWanted(catalog: Catalog, wanted: WantedDensity): Promise<Dataset> {
  const { layer, city } = wanted;
  if (!isRange(layer)) return fetchDataset(layer);
  const opened = await openTimeline(catalog);
  const bounds = catalog.cities.find(({ key }) => key === city)?.bounds;
  if (!(opened && bounds)) throw new Error(`no days are published for ${city}`);
  const { growth } = wanted;
  return growth ? fetchGrowth(opened, layer, growth, city, bounds) : fetchRange(opened, layer, wanted, bounds);
}

async function fetchRange(
  { timeline, base, client }: OpenTimeline,
  layer: TimelineLayer,
  { city, hasUserLimits }: WantedDensity,
  bounds: Bounds,
): Promise<Dataset> {
  const { rangeTileUrl } = await import('../../tiles/timeline/client');
  const { from, to, hours } = layer;
  const range = { from, to, hours };
  const hasUsers = hours === null;
  const quantiles = await client.quantiles(range, bounds, quantilesOf(base, city), hasUsers && hasUserLimits);
  return {
    ...base,
    layer,
    tileUrl: rangeTileUrl(range, timeline.builtAt),
    quantiles,
    // The totals of the city come from the tables of the timeline, or are counted.
    cities: { [city]: { quantiles, totals: {} } },
    range: { hasUsers, city, hasUserLimits: hasUserLimits || !hasUsers },
  };
}

/** Growth has limits of its own, so those of counts are not computed. */
async function fetchGrowth(
  { timeline, base, client }: OpenTimeline,
  layer: TimelineLayer,
  growth: WantedGrowth,
  city: string,
  bounds: Bounds,
): Promise<Dataset> {
  const { rangeTileUrl } = await import('../../tiles/timeline/client');
  const { from, to, hours } = layer;
  const range = { from, to, hours };
  const asked = { before: growth.before, measured: measuredOf(growth, base) };
  const { zooms, minzoom, maxzoom } = await client.growthZooms(
    range,
    asked,
    bounds,
    quantilesOf(base, city),
    growth.minCount,
  );
  const quantiles = { probabilities: [], byZoom: {}, minzoom, maxzoom };
  return {
    ...base,
    layer,
    tileUrl: rangeTileUrl(range, timeline.builtAt, asked),
    quantiles,
    cities: { [city]: { quantiles, totals: {} } },
    range: { hasUsers: hours === null, city, hasUserLimits: false },
    growth: { ...growth, zooms },
  };
}
