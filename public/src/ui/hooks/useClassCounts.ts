// The number of cells in view in each class, counted whenever the map has come to rest.

import { useEffect, useEffectEvent, useState } from 'react';
import { type Classified, countClasses } from '../../map/classCounts';
import { useApp } from './context';

/** Counting waits this long, so that it does not hold up a map that moves on. */
const REST_MS = 200;

/** `key` changes with what is counted. `null` counts nothing. */
export function useClassCounts(key: string, classified: Classified | null): readonly number[] | null {
  const { view } = useApp();
  const [counts, setCounts] = useState<readonly number[] | null>(null);
  const count = useEffectEvent((): void => setCounts(classified && countClasses(view.map, classified)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is counted
  useEffect(() => {
    let timer = 0;
    const later = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(count, REST_MS);
    };
    later();
    view.map.on('idle', later);
    return () => {
      clearTimeout(timer);
      view.map.off('idle', later);
    };
  }, [view, key]);
  return counts;
}
