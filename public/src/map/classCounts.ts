// How many cells in view are in each class of a legend, counted from the tiles that the map draws.

import type { CellAttributes } from '@styles/measure';
import type { Map as MapLibreMap } from 'maplibre-gl';
import { LIVE_RANGE } from '../view/densityStyle';

export interface Classified {
  source: string;
  sourceLayer: string;
  /** The number of classes. */
  length: number;
  /** The class of a cell, counted from the lowest; `null` if it has none. */
  classOf(attributes: CellAttributes): number | null;
}

/** A cell counts where its middle is in view. `null` if the map does not draw the source, or a picture in its place. */
export function countClasses(map: MapLibreMap, { source, sourceLayer, length, classOf }: Classified): number[] | null {
  if (!map.getSource(source) || map.getLayer(LIVE_RANGE)) return null;
  const counts = Array.from({ length }, () => 0);
  const view = map.getBounds();
  for (const { geometry, properties } of map.querySourceFeatures(source, { sourceLayer })) {
    const middle = middleOf(geometry);
    if (!middle || !view.contains(middle)) continue;
    const index = classOf(properties);
    if (index !== null && counts[index] !== undefined) counts[index] += 1;
  }
  return counts;
}

function middleOf(geometry: GeoJSON.Geometry): [number, number] | null {
  if (geometry.type === 'Point') return [geometry.coordinates[0] ?? 0, geometry.coordinates[1] ?? 0];
  if (geometry.type !== 'Polygon') return null;
  const [a, , c] = geometry.coordinates[0] ?? [];
  return a && c ? [((a[0] ?? 0) + (c[0] ?? 0)) / 2, ((a[1] ?? 0) + (c[1] ?? 0)) / 2] : null;
}
