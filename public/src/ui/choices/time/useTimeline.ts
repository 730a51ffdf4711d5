// The timeline of the map, the chosen range in it, and figures that its worker counts.

import { useEffect, useEffectEvent, useState } from 'react';
import type { Days } from '../../../data/time/days';
import { type Timeline, timelineOf } from '../../../data/timeline';
import { CITY } from '../../../tiles/timeline/placeCounts';
import { cityOf } from '../../../view/model';
import { type OpenTimeline, openTimeline } from '../../../view/range/timelineAccess';
import { useApp, useModel, useUrl } from '../../hooks/context';

/** `null` where the server lists no timeline. */
export function useTimeline(): Timeline | null {
  const { catalog } = useModel('catalog');
  return catalog && timelineOf(catalog);
}

/** The days that the map shows; `null` until they have loaded. */
export function useShownDays(): Days | null {
  const { dataset } = useModel('dataset');
  return dataset && { from: dataset.layer.from, to: dataset.layer.to };
}

/** The place whose days are drawn: one chosen area, or the city. Areas may overlap, so several are not added up. */
export function useShownPlace(): { id: number; name: string | null } {
  const { areaList } = useModel('areaList');
  const { vendorFilter, overlays } = useUrl('vendorFilter', 'overlays');
  const [area, ...others] = (areaList?.areas ?? []).filter(({ id }) => vendorFilter.areas.includes(id));
  const isOne = overlays.includes('areas') && area !== undefined && others.length === 0;
  return isOne ? { id: area.id, name: area.name } : { id: CITY, name: null };
}

/** What `ask` counts, again after a change of `key`; `null` until it is known. A key of `null` asks nothing. */
export function useCounted<T>(key: string | null, ask: (opened: OpenTimeline, city: string) => Promise<T>): T | null {
  const { model } = useApp();
  const { catalog } = useModel('catalog');
  const state = useUrl('city');
  const [found, setFound] = useState<{ key: string; value: T } | null>(null);
  const city = catalog && cityOf(catalog, state)?.key;
  const asked = key !== null && city ? `${catalog?.number} ${city} ${key}` : null;
  const count = useEffectEvent(async (isCurrent: () => boolean): Promise<void> => {
    if (!(catalog && city && asked !== null)) return;
    await model.attempt('timeline', async () => {
      const opened = await openTimeline(catalog);
      const value = opened && (await ask(opened, city));
      if (value !== null && isCurrent()) setFound({ key: asked, value });
    });
  });
  useEffect(() => {
    if (asked === null) return;
    let isCurrent = true;
    void count(() => isCurrent);
    return () => {
      isCurrent = false;
    };
  }, [asked]);
  return found && found.key === asked ? found.value : null;
}
