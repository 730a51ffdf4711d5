// The areas that the vendor filter is limited to.

import { useApp, useUrl } from './context';

export interface ChosenAreas {
  ids: readonly number[];
  choose(ids: readonly number[]): void;
  /** Adds or removes an area. */
  toggle(id: number): void;
}

export function useChosenAreas(): ChosenAreas {
  const { url } = useApp();
  const { vendorFilter } = useUrl('vendorFilter');
  const ids = vendorFilter.areas;
  const choose = (areas: readonly number[]): void => url.choose({ vendorFilter: { ...vendorFilter, areas } });
  return {
    ids,
    choose,
    toggle: (id) => choose(ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id]),
  };
}
