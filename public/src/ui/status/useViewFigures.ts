// The orders and users in view, counted whenever the map has come to rest.

import type { Bounds } from '@styles/base';
import type { ValueRange } from '@styles/measure';
import { useEffect, useEffectEvent, useState } from 'react';
import { lineIndices } from '../../data/lines';
import { rangeBefore } from '../../data/time/timeRange';
import { isRange, timelineOf } from '../../data/timeline';
import type { FetchCells } from '../../tiles/densityTiles';
import { type Counted, ordersInView, usersInView } from '../../view/range/viewFigures';
import { useApp, useModel, useUrl } from '../hooks/context';

export interface ViewFigures {
  orders: number;
  /** In as many days before; `null` where they are not counted. */
  before: { orders: number; from: string; to: string } | null;
  /** `null` where users are not counted. */
  users: ValueRange | null;
}

/** Counting waits this long, so that it does not hold up a map that moves on. */
const REST_MS = 300;

/** `null` until it is counted, and where cells are withheld, because their orders are unknown. */
export function useViewFigures(fetchCells: FetchCells): ViewFigures | null {
  const { view } = useApp();
  const { dataset, config } = useModel('dataset', 'config');
  const { lines, showsDensity } = useUrl('lines', 'showsDensity');
  const countBefore = useBefore(fetchCells);
  const [found, setFound] = useState<{ key: unknown; figures: ViewFigures } | null>(null);
  const isCounted = showsDensity && dataset !== null && dataset.minUsers <= 1;
  const count = useEffectEvent(async (isCurrent: () => boolean): Promise<void> => {
    if (!dataset) return;
    const [bounds, { zoom }] = [view.bounds(), view.camera.get()];
    const chosen = lineIndices(lines, dataset.lines);
    const hasUsers = !config.hide_users && (dataset.range?.hasUsers ?? true);
    const [orders, before, users] = await Promise.all([
      ordersInView(dataset, bounds, zoom, chosen, fetchCells),
      countBefore(bounds, zoom, chosen),
      hasUsers ? usersInView(dataset, bounds, zoom, chosen, fetchCells) : null,
    ]);
    if (isCurrent()) setFound({ key: dataset, figures: { orders, before, users } });
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the dataset and the lines say what is counted
  useEffect(() => {
    if (!isCounted) return;
    let [timer, asked] = [0, 0];
    const later = (): void => {
      clearTimeout(timer);
      asked += 1;
      const own = asked;
      // The map reports tiles that cannot be loaded; a figure that is unknown is left out.
      timer = window.setTimeout(() => void count(() => own === asked).catch(() => setFound(null)), REST_MS);
    };
    later();
    view.map.on('moveend', later);
    return () => {
      clearTimeout(timer);
      asked += 1;
      view.map.off('moveend', later);
    };
  }, [view, dataset, lines, isCounted]);
  return isCounted && found?.key === dataset ? found.figures : null;
}

type CountBefore = (view: Bounds, zoom: number, lines: readonly number[]) => Promise<ViewFigures['before']>;

/** The days before a range of the timeline. Those of a published window would load days that nothing else shows. */
function useBefore(fetchCells: FetchCells): CountBefore {
  const { dataset, catalog } = useModel('dataset', 'catalog');
  return async (view, zoom, lines) => {
    const timeline = catalog && timelineOf(catalog);
    if (!(dataset && timeline && isRange(dataset.layer))) return null;
    const { hours } = dataset.layer;
    const before = rangeBefore(dataset.layer, timeline);
    if (!before) return null;
    const { rangeTileUrl } = await import('../../tiles/timeline/client');
    const counted: Counted = { ...dataset, tileUrl: rangeTileUrl({ ...before, hours }, timeline.builtAt) };
    return { ...before, orders: await ordersInView(counted, view, zoom, lines, fetchCells) };
  };
}
