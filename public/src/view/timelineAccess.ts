// Opens the timeline of a map: its worker, and the published window whose lines it counts.

import type { RangeOrders } from '../areas/areaOrders';
import { type Catalog, chooseLayer, densityLayersOf } from '../data/catalog';
import { type Dataset, fetchDataset } from '../data/tileJson';
import { isRange, type Timeline, timelineOf } from '../data/timeline';
import type { TimelineClient } from '../tiles/timeline/client';

export interface OpenTimeline {
  timeline: Timeline;
  client: TimelineClient;
  /** A published window: names of lines, bounds, and class limits of the deepest zooms. */
  base: Dataset;
}

let current: { catalog: Catalog; opened: Promise<OpenTimeline | null> } | null = null;

/** `null` where the server lists no timeline. The worker starts on first use. */
export function openTimeline(catalog: Catalog): Promise<OpenTimeline | null> {
  if (current?.catalog === catalog) return current.opened;
  const opened = open(catalog);
  current = { catalog, opened };
  opened.catch(() => {
    if (current?.opened === opened) current = null;
  });
  return opened;
}

async function open(catalog: Catalog): Promise<OpenTimeline | null> {
  const timeline = timelineOf(catalog);
  const window = chooseLayer(densityLayersOf(catalog), null);
  if (!(timeline && window)) return null;
  const [base, { timelineClient }] = await Promise.all([fetchDataset(window), import('../tiles/timeline/client')]);
  return { timeline, base, client: timelineClient(timeline, base.lines) };
}

/** The orders and users of the areas of a city in a chosen range; `null` for published windows and chosen hours. */
export async function fetchRangeOrders(catalog: Catalog, dataset: Dataset, city: string): Promise<RangeOrders | null> {
  if (!(isRange(dataset.layer) && dataset.range?.hasUsers)) return null;
  const opened = await openTimeline(catalog);
  if (!opened) return null;
  const { slot, from, to } = dataset.layer;
  return { slot, lines: opened.base.lines, areas: await opened.client.places(city, { from, to }) };
}
