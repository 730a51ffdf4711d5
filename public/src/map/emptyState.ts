// Whether the view is empty, and why. Looks at what the idle map has drawn.

import type { Map as MapLibreMap } from 'maplibre-gl';
import { LIVE_RANGE } from '../view/densityStyle';

/** `lines`: only other business lines have orders in view. `here`: there are no orders in view. */
export type EmptyReason = 'lines' | 'here';

/** Half the side of each searched box, as a share of the view. Usually the smallest box already contains a feature. */
const SHARES = [0.05, 0.2, 0.5];

export function hasAnythingDrawn(map: MapLibreMap, layer: string): boolean {
  if (!map.getLayer(layer)) return false;
  const { clientWidth: width, clientHeight: height } = map.getCanvas();
  return SHARES.some((share) => {
    const from: [number, number] = [width * (0.5 - share), height * (0.5 - share)];
    const to: [number, number] = [width * (0.5 + share), height * (0.5 + share)];
    return map.queryRenderedFeatures([from, to], { layers: [layer] }).length > 0;
  });
}

/** `layer` draws the counts of `source`. */
export function emptyReasonOf(
  map: MapLibreMap,
  layer: string,
  source: string,
  sourceLayer: string,
): EmptyReason | null {
  // While a range is dragged or played, a picture is drawn in place of the layer.
  if (!map.getLayer(layer) || map.getLayer(LIVE_RANGE) || hasAnythingDrawn(map, layer)) return null;
  const bounds = map.getBounds();
  const others = map.querySourceFeatures(source, { sourceLayer }).some(({ geometry }) => {
    const place = geometry.type === 'Polygon' ? geometry.coordinates[0]?.[0] : undefined;
    const [lng, lat] = geometry.type === 'Point' ? geometry.coordinates : (place ?? []);
    return lng !== undefined && lat !== undefined && bounds.contains([lng, lat]);
  });
  return others ? 'lines' : 'here';
}
