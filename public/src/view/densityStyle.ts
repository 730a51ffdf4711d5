// The style of density: the measure, its classes, and its tile sources.

import type { SourceSpecification } from '@maplibre/maplibre-gl-style-spec';
import { type ZoomClasses, zoomClasses } from '@styles/classes';
import { drawsWithheldLines, isWithheldDrawn } from '@styles/density';
import type { DocumentState } from '@styles/document';
import type { GrowthState } from '@styles/growth';
import type { Measure } from '@styles/measure';
import type { Catalog } from '../data/catalog';
import { lineIndices } from '../data/lines';
import { type Dataset, quantilesOf } from '../data/tileJson';
import { lengthOf } from '../data/time/days';
import type { State } from '../state/state';
import { pointsUrl, squaresUrl, withheldUrl } from '../tiles/protocols';
import { densityDrawing } from './fills';
import { cityOf } from './model';
import type { Scene } from './scene';

export const DENSITY_SOURCES = { points: 'density', squares: 'density-squares' } as const;
/** The layer and source of the picture that replaces cells while a range is dragged or played. */
export const LIVE_RANGE = 'live-range';
const WITHHELD_SOURCE = 'density-withheld';

/** Only layers with a privacy floor withhold counts, and drawing them needs a parent zoom. */
function hasWithheld({ minUsers, quantiles }: Dataset): boolean {
  return minUsers > 1 && quantiles.minzoom < quantiles.maxzoom;
}

/** The number of lines of which a cell may withhold some. */
function lineCountOf({ minUsers, lines }: Dataset): number {
  return minUsers > 1 ? lines.length : 0;
}

/** Whether cells that withhold the chosen lines are drawn, and so listed in the legend. */
export function drawsUntold(state: State, dataset: Dataset): boolean {
  const [measure, lineCount] = [measureOf(state, dataset), lineCountOf(dataset)];
  return densityDrawing(state) === 'fill' && drawsWithheldLines({ view: state.view, measure, lineCount });
}

/** Whether withheld counts are drawn, and so listed in the legend. */
export function drawsWithheld(state: State, dataset: Dataset): boolean {
  const isFilled = densityDrawing(state) === 'fill';
  return isFilled && hasWithheld(dataset) && isWithheldDrawn(state.view, measureOf(state, dataset));
}

export function measureOf(state: State, dataset: Dataset): Measure {
  return { kind: state.kind, lines: lineIndices(state.lines, dataset.lines) };
}

/** Whether the limits are those of the chosen city, and not of all cells. */
export function hasCityLimits(state: State, dataset: Dataset, catalog: Catalog | null): boolean {
  const city = catalog && cityOf(catalog, state);
  return city !== null && dataset.cities[city.key] !== undefined;
}

/** The classes of the cells of the chosen city, so that each city has its own busiest cell. */
export function classesOf(state: State, dataset: Dataset, catalog: Catalog | null): ZoomClasses[] {
  const city = catalog ? cityOf(catalog, state)?.key : undefined;
  return zoomClasses(quantilesOf(dataset, city), measureOf(state, dataset));
}

/** `null` where cells are coloured by their count. */
export function growthStyle({ growth: chosen }: State, { layer, growth }: Dataset): GrowthState | null {
  if (!(chosen && growth)) return null;
  const { minCount, zooms, before } = growth;
  return { scale: chosen.scale, minCount, zooms, days: { now: lengthOf(layer), was: lengthOf(before) } };
}

export function densityOf({ side, state, model }: Scene, isDataOnly: boolean): DocumentState['density'] {
  const { dataset, basemap, heatFits } = model;
  const drawing = densityDrawing(state);
  if (!dataset || drawing === 'none') return null;
  return {
    sources: densitySources(dataset),
    source: { ...DENSITY_SOURCES, withheld: !isDataOnly && hasWithheld(dataset) ? WITHHELD_SOURCE : null },
    state: {
      view: state.view,
      measure: measureOf(state, dataset),
      classes: classesOf(state, dataset, model.catalog),
      heat: state.heat,
      heatFits: heatFits[side],
      basemap: basemap ? 'custom' : 'plain',
      isOutlined: drawing === 'outlines',
      shownClasses: state.shownClasses.density ?? [],
      lineCount: lineCountOf(dataset),
      growth: growthStyle(state, dataset),
    },
  };
}

/** The same tiles as points and as squares. The map fetches only the sources that a layer uses. */
function densitySources(dataset: Dataset): Record<string, SourceSpecification> {
  const { tileUrl, bounds, quantiles } = dataset;
  const { minzoom, maxzoom } = quantiles;
  const source = (url: string, from = minzoom): SourceSpecification => ({
    type: 'vector',
    tiles: [url],
    bounds: [...bounds],
    minzoom: from,
    maxzoom,
  });
  return {
    [DENSITY_SOURCES.points]: source(pointsUrl(tileUrl)),
    [DENSITY_SOURCES.squares]: source(squaresUrl(tileUrl)),
    ...(hasWithheld(dataset) ? { [WITHHELD_SOURCE]: source(withheldUrl(tileUrl, minzoom), minzoom + 1) } : {}),
  };
}
