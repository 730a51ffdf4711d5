// Opens the timeline of a map: its worker, and the published window whose lines it counts.

import type { RangeOrders } from '../../areas/areaOrders';
import { type Catalog, chooseLayer, densityLayersOf } from '../../data/catalog';
import { type Dataset, fetchDataset } from '../../data/tileJson';
import { isInside } from '../../data/time/days';
import { rangeBefore } from '../../data/time/timeRange';
import { type Timeline, timelineOf } from '../../data/timeline';
import type { TimelineClient } from '../../tiles/timeline/client';

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
  const [base, { timelineClient }] = await Promise.all([fetchDataset(window), import('../../tiles/timeline/client')]);
  return { timeline, base, client: timelineClient(timeline, base.lines) };
}

/** The orders, users and retention of the areas of a city in the shown days; `null` where the timeline does not count them. */
export async function fetchRangeOrders(catalog: Catalog, dataset: Dataset, city: string): Promise<RangeOrders | null> {
  const { slot, from, to } = dataset.layer;
  const [days, timeline] = [{ from, to }, timelineOf(catalog)];
  const isByHour = dataset.range && !dataset.range.hasUsers;
  if (!timeline || isByHour || !isInside(days, timeline)) return null;
  const opened = await openTimeline(catalog);
  if (!opened) return null;
  const { client, base } = opened;
  const before = rangeBefore(days, timeline);
  const retentionOf = (line: string | null) => before && client.retention(city, before, days, line);
  const [areas, ...retention] = await Promise.all([
    client.places(city, days),
    ...[null, ...base.lines].map(retentionOf),
  ]);
  return { slot, lines: base.lines, areas, retention: before && retention.filter((found) => found !== null) };
}
