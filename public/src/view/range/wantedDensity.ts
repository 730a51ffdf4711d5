// Which density the state asks for, and its data: a published window, or any range that the timeline counts.

import type { Catalog, PublishedLayer } from '../../data/catalog';
import { type Dataset, fetchDataset, quantilesOf } from '../../data/tileJson';
import { chosenLayer, isRange, isSameLayer } from '../../data/timeline';
import type { Side } from '../../state/sides';
import type { State } from '../../state/state';
import { openTimeline } from './timelineAccess';

export interface WantedDensity {
  layer: PublishedLayer;
  /** Ranges have the class limits of a city. */
  city: string;
  hasUserLimits: boolean;
}

/** `null` where there is no density, or where the side shows the same as the main map. */
export function wantedDensity(catalog: Catalog, city: string, state: State, side: Side): WantedDensity | null {
  const window = side === 'main' ? state.window : (state.compare?.window ?? null);
  if (side === 'compared' && window === null) return null;
  const layer = chosenLayer(catalog, window, state.hours);
  const hasUserLimits = state.kind === 'users' || state.compare?.kind === 'users';
  return layer && { layer, city, hasUserLimits };
}

export function hasWanted(dataset: Dataset | null, wanted: WantedDensity | null): boolean {
  if (!(dataset && wanted && isSameLayer(dataset.layer, wanted.layer))) return false;
  const { range } = dataset;
  return !range || (range.city === wanted.city && (range.hasUserLimits || !wanted.hasUserLimits));
}

/** Whether a change of the state may need other data. */
export function needsOtherDensity(was: State, is: State): boolean {
  return (['window', 'hours', 'city', 'kind', 'compare'] as const).some((key) => was[key] !== is[key]);
}

export async function fetchWanted(catalog: Catalog, { layer, city, hasUserLimits }: WantedDensity): Promise<Dataset> {
  if (!isRange(layer)) return fetchDataset(layer);
  const opened = await openTimeline(catalog);
  const bounds = catalog.cities.find(({ key }) => key === city)?.bounds;
  if (!(opened && bounds)) throw new Error(`no days are published for ${city}`);
  const { timeline, base, client } = opened;
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
