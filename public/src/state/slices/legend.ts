// The classes of legends that the map is limited to. A class is named by its place in the legend, counted from the lowest,
// because its limits change with the zoom.

import { put } from './params';

/** The layers whose legends have classes. */
export const CLASSED = ['density', 'coverage', 'areas'] as const;
export type Classed = (typeof CLASSED)[number];

export interface LegendState {
  /** The shown classes of each layer, ascending; a layer without an entry shows all. */
  shownClasses: Readonly<Partial<Record<Classed, readonly number[]>>>;
}

export const EVERY_CLASS: LegendState['shownClasses'] = {};
const MAX_CLASSES = 10;

export function parseLegend(params: URLSearchParams): LegendState {
  const chosen = CLASSED.flatMap((layer) => {
    const classes = [...new Set((params.get(`class-${layer}`) ?? '').split(' ').filter(Boolean).map(Number))];
    const known = classes.filter((index) => Number.isInteger(index) && index >= 0 && index < MAX_CLASSES);
    return known.length > 0 ? [[layer, known.toSorted((a, b) => a - b)] as const] : [];
  });
  return { shownClasses: chosen.length > 0 ? Object.fromEntries(chosen) : EVERY_CLASS };
}

export function putLegend(params: URLSearchParams, { shownClasses }: LegendState): void {
  for (const layer of CLASSED) put(params, `class-${layer}`, shownClasses[layer]?.join(' ') ?? null);
}

/** Adds a class to the shown ones, or removes it. Without a class left, all are shown again. */
export function toggleClass(
  shown: LegendState['shownClasses'],
  layer: Classed,
  index: number,
): LegendState['shownClasses'] {
  const chosen = shown[layer] ?? [];
  const next = chosen.includes(index) ? chosen.filter((other) => other !== index) : [...chosen, index];
  const { [layer]: _, ...others } = shown;
  return next.length > 0 ? { ...others, [layer]: next.toSorted((a, b) => a - b) } : others;
}
