// Finds the cell or feature at a position among the drawn features, so that a pick never differs from the picture.

import { AREA_KINDS } from '@styles/areas';
import { type Overlay, PICK_LAYERS } from '@styles/overlays';
import { CELL_LEVELS } from '@styles/tokens';
import type { MapGeoJSONFeature, Map as MapLibreMap, Point, PointLike } from 'maplibre-gl';
import { cellAt } from '../tiles/cells';
import type { Cell, PickedFeature } from '../view/model';

const WITHHELD_LAYER = 'density-withheld';
/** Shown cells that withhold the chosen lines. */
const UNTOLD_LAYER = 'density-untold';

/** The rendered layer in which a cell is picked, and the zoom range of its tiles. */
export interface PickTarget {
  layer: string;
  minzoom: number;
  maxzoom: number;
}

/** The order in which a pick is resolved: overlays above density, its cells, overlays below. */
export interface PickOrder {
  over: readonly Overlay[];
  cell: PickTarget | null;
  under: readonly Overlay[];
}

export function hasCellAt(map: MapLibreMap, point: PointLike, target: PickTarget | null): boolean {
  // A heat kernel extends beyond its cell, so only squares show where a cell is.
  if (target?.layer !== 'density-cells' || !map.getLayer(target.layer)) return false;
  const layers = [target.layer, UNTOLD_LAYER, WITHHELD_LAYER].filter((id) => map.getLayer(id));
  return map.queryRenderedFeatures(point, { layers }).length > 0;
}

/** The drawn cell at a position. A heat kernel extends beyond its cell, so cells next to the position are ignored. */
export function pickCell(
  map: MapLibreMap,
  place: { lng: number; lat: number },
  target: PickTarget | null,
): Cell | null {
  if (!target || !map.getLayer(target.layer)) return null;
  const { lng, lat } = place;
  const layers = [target.layer, UNTOLD_LAYER].filter((id) => map.getLayer(id));
  for (const feature of map.queryRenderedFeatures(map.project([lng, lat]), { layers })) {
    const tileZoom =
      feature.geometry.type === 'Polygon'
        ? zoomOfSquare(feature.geometry.coordinates[0] ?? [])
        : zoomOfTiles(map, target);
    const address = cellAt(lng, lat, tileZoom);
    if (feature.geometry.type === 'Point') {
      const [featureLng = 0, featureLat = 0] = feature.geometry.coordinates;
      const own = cellAt(featureLng, featureLat, tileZoom);
      if (own.column !== address.column || own.row !== address.row) continue;
    }
    return { address, attributes: feature.properties, remainderOf: null };
  }
  return pickRemainder(map, place);
}

/** The drawn cell at a position, else the first one that is found around it within a distance. */
export function pickNearCell(
  map: MapLibreMap,
  place: { lng: number; lat: number },
  target: PickTarget | null,
  tolerancePx: number,
): Cell | null {
  const at = map.project([place.lng, place.lat]);
  for (const [x, y] of around(tolerancePx)) {
    const cell = pickCell(map, map.unproject([at.x + x, at.y + y]), target);
    if (cell) return cell;
  }
  return null;
}

const DIRECTIONS = 8;

/** The middle, then eight directions at half and at the whole of a distance. */
function around(distancePx: number): [x: number, y: number][] {
  if (distancePx === 0) return [[0, 0]];
  const ring = (radius: number): [number, number][] =>
    Array.from({ length: DIRECTIONS }, (_, i) => {
      const angle = (2 * Math.PI * i) / DIRECTIONS;
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
  return [[0, 0], ...ring(distancePx / 2), ...ring(distancePx)];
}

/** The remainder of a cell of a lower zoom, where no smaller cell is shown. */
function pickRemainder(map: MapLibreMap, { lng, lat }: { lng: number; lat: number }): Cell | null {
  if (!map.getLayer(WITHHELD_LAYER)) return null;
  const [feature] = map.queryRenderedFeatures(map.project([lng, lat]), { layers: [WITHHELD_LAYER] });
  if (!feature) return null;
  const { zoom, of, ...attributes } = feature.properties;
  return { address: cellAt(lng, lat, Number(zoom)), attributes, remainderOf: Number(of) };
}

/** The feature at a position, of the first overlay that has one. */
export function pickFeature(
  map: MapLibreMap,
  { lng, lat }: { lng: number; lat: number },
  overlays: readonly Overlay[],
  tolerancePx = 0,
): PickedFeature | null {
  for (const overlay of overlays) {
    const at = map.project([lng, lat]);
    // Only points can be missed by a finger; cells and areas fill the map.
    const feature = overlay === 'vendors' ? nearestPoint(map, at, tolerancePx) : featuresAt(map, at, overlay)[0];
    if (!feature) continue;
    const own = feature.geometry.type === 'Point' ? feature.geometry.coordinates : [lng, lat];
    return { overlay, at: [own[0] ?? lng, own[1] ?? lat], attributes: feature.properties };
  }
  return null;
}

export function hasFeatureAt(map: MapLibreMap, point: PointLike, overlays: readonly Overlay[]): boolean {
  return overlays.some((overlay) => featuresAt(map, point, overlay).length > 0);
}

/** The nearest vendor within a distance of a position on the screen. */
function nearestPoint(map: MapLibreMap, { x, y }: Point, tolerancePx: number): MapGeoJSONFeature | undefined {
  const box: [PointLike, PointLike] = [
    [x - tolerancePx, y - tolerancePx],
    [x + tolerancePx, y + tolerancePx],
  ];
  const found = featuresAt(map, tolerancePx > 0 ? box : [x, y], 'vendors');
  const distance = ({ geometry }: MapGeoJSONFeature): number => {
    if (geometry.type !== 'Point') return Number.POSITIVE_INFINITY;
    const [lng = 0, lat = 0] = geometry.coordinates;
    const own = map.project([lng, lat]);
    return Math.hypot(own.x - x, own.y - y);
  };
  return found.toSorted((a, b) => distance(a) - distance(b))[0];
}

/** The land of the base map, which a configured base map replaces, and the fills of the overlay. */
const AREA_LAYERS = ['areas-fill', 'land'];

/** The name of the coarsest drawn area at a position; `null` where none is drawn. */
export function areaNameAt(map: MapLibreMap, at: [number, number]): string | null {
  const layers = AREA_LAYERS.filter((layer) => map.getLayer(layer));
  if (layers.length === 0) return null;
  const rank = ({ properties }: MapGeoJSONFeature): number => AREA_KINDS.indexOf(properties.kind);
  const found = map.queryRenderedFeatures(map.project(at), { layers }).toSorted((a, b) => rank(b) - rank(a));
  return typeof found[0]?.properties.name === 'string' ? found[0].properties.name : null;
}

/** The drawn features of an overlay. Areas come finest kind first, because the coarser ones contain them. */
function featuresAt(
  map: MapLibreMap,
  point: PointLike | [PointLike, PointLike],
  overlay: Overlay,
): MapGeoJSONFeature[] {
  const layers = PICK_LAYERS[overlay].filter((layer) => map.getLayer(layer));
  if (layers.length === 0) return [];
  const features = map.queryRenderedFeatures(point, { layers });
  const rank = ({ properties }: MapGeoJSONFeature): number => AREA_KINDS.indexOf(properties.kind);
  return overlay === 'areas' ? features.toSorted((a, b) => rank(a) - rank(b)) : features;
}

/** While a tile loads, its parent may be drawn instead, so the level is derived from the width of the square. */
function zoomOfSquare(ring: number[][]): number {
  const lngs = ring.map(([lng = 0]) => lng);
  const width = Math.max(...lngs) - Math.min(...lngs);
  return Math.round(Math.log2(360 / width)) - CELL_LEVELS;
}

function zoomOfTiles(map: MapLibreMap, { minzoom, maxzoom }: PickTarget): number {
  return Math.min(Math.max(Math.floor(map.getZoom()), minzoom), maxzoom);
}
