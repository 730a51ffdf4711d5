// Choices of the address that the map does not have. They are reported, because another map is shown instead.

import { offeredWindows, rangeLayer } from '../data/timeline';
import type { State } from '../state/state';
import type { Model } from './model';

export interface UnknownChoices {
  lines: readonly string[];
  city: string | null;
  window: string | null;
}

/** Unknown defaults are not reported, because the user did not choose them. Nothing is unknown until it has loaded. */
export function unknownChoices(
  { lines, city, window }: Pick<State, 'lines' | 'city' | 'window'>,
  { catalog, dataset, config }: Pick<Model, 'catalog' | 'dataset' | 'config'>,
): UnknownChoices {
  const known = dataset && [...dataset.lines, ...config.defaults.lines];
  const hasCity = catalog?.cities.some(({ key }) => key === city) ?? true;
  const slots = catalog ? offeredWindows(catalog).map(({ slot }) => slot) : [];
  const isRange = catalog !== null && window !== null && rangeLayer(catalog, window, null) !== null;
  const isDefault = slots.length === 0 || window === config.defaults.window;
  const hasWindow = isDefault || isRange || slots.some((slot) => slot === window);
  return {
    lines: known ? lines.filter((line) => !known.includes(line)) : [],
    city: hasCity ? null : city,
    window: hasWindow ? null : window,
  };
}
