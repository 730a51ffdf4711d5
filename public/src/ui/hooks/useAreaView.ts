// What the areas overlay shows, as a hook.

import { useMemo } from 'react';
import { type AreaView, areaView } from '../../view/areaView';
import { useModel, useUrl } from './context';

/** Memoized, so that moving the map does not count the vendors again. */
export function useAreaView(): AreaView | null {
  const state = useUrl();
  const model = useModel();
  const { overlays, areaFill, areaKinds, areaSubset, vendorFilter, lines, theme } = state;
  const { areaList, areaOrders, areaGaps, vendorTable, dataset } = model;
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are all that areaView reads
  return useMemo(
    () => areaView(state, model),
    [
      overlays,
      areaFill,
      areaKinds,
      areaSubset,
      vendorFilter,
      lines,
      theme,
      areaList,
      areaOrders,
      areaGaps,
      vendorTable,
      dataset,
    ],
  );
}
