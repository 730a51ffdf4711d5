// The cell or feature below the pointer, or at the centre of the map for the keyboard, and its outline.

import type { Map as MapLibreMap, MapMouseEvent } from 'maplibre-gl';
import { createStore, type Store } from '../lib/store';
import type { Side } from '../state/sides';
import type { Cell, PickedFeature } from '../view/model';

export interface HoverTarget {
  side: Side;
  cell: Cell | null;
  feature: PickedFeature | null;
}

export interface Hovered extends HoverTarget {
  /** In pixels of the map. */
  x: number;
  y: number;
  lng: number;
  lat: number;
}

/** Updates at most once per frame, and not while the map moves. A device without a mouse has no hover. */
export function watchHover(
  map: MapLibreMap,
  find: (place: { lng: number; lat: number }) => HoverTarget | null,
): Store<Hovered | null> {
  const store = createStore<Hovered | null>(null);
  const canvas = map.getCanvas();
  let frame = 0;
  const update = (lng: number, lat: number): void => {
    if (map.isMoving()) return;
    const found = find({ lng, lat });
    const { x, y } = map.project([lng, lat]);
    store.set(found && { ...found, x, y, lng, lat });
  };
  const clear = (): void => {
    cancelAnimationFrame(frame);
    store.set(null);
  };
  if (matchMedia('(hover: hover)').matches) {
    map.on('mousemove', ({ lngLat }: MapMouseEvent) => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => update(lngLat.lng, lngLat.lat));
    });
  }
  map.on('mouseout', clear);
  map.on('movestart', clear);
  // A click opens a popup, which shows the same figure.
  map.on('click', clear);
  canvas.addEventListener('blur', clear);
  // The arrow keys move the map, so the keyboard points at its centre.
  map.on('idle', () => {
    if (document.activeElement === canvas && canvas.matches(':focus-visible')) {
      update(map.getCenter().lng, map.getCenter().lat);
    }
  });
  return store;
}

const LAYER = 'hovered-area';

/** Outlines an area. The layer is not part of the style document, so the next document removes it. */
export function outlineArea(map: MapLibreMap, id: number | null, colour: string): void {
  if (map.getLayer(LAYER)) map.removeLayer(LAYER);
  if (id === null || !map.getSource('areas')) return;
  map.addLayer({
    id: LAYER,
    type: 'line',
    source: 'areas',
    'source-layer': 'areas',
    filter: ['==', ['get', 'id'], id],
    paint: { 'line-color': colour, 'line-width': 3 },
  });
}
