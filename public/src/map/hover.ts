// What is below the pointer, or in the middle of the map for the keyboard, and its highlight.

import type { Map as MapLibreMap, MapMouseEvent } from 'maplibre-gl';
import { createStore, type Store } from '../lib/store';
import type { Side } from '../state/sides';
import type { Cell, PickedFeature } from '../view/model';

export interface Found {
  side: Side;
  cell: Cell | null;
  feature: PickedFeature | null;
}

export interface Hovered extends Found {
  /** In pixels of the map. */
  x: number;
  y: number;
  lng: number;
  lat: number;
}

/** Looks once a frame, and not while the map moves. A device without a pointer has no hover. */
export function watchHover(
  map: MapLibreMap,
  find: (place: { lng: number; lat: number }) => Found | null,
): Store<Hovered | null> {
  const store = createStore<Hovered | null>(null);
  const canvas = map.getCanvas();
  let frame = 0;
  const look = (lng: number, lat: number): void => {
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
      frame = requestAnimationFrame(() => look(lngLat.lng, lngLat.lat));
    });
  }
  map.on('mouseout', clear);
  map.on('movestart', clear);
  // The panel that a click opens has the figure.
  map.on('click', clear);
  canvas.addEventListener('blur', clear);
  // The arrow keys move the map; then its middle is what the keyboard points at.
  map.on('idle', () => {
    if (document.activeElement === canvas && canvas.matches(':focus-visible')) {
      look(map.getCenter().lng, map.getCenter().lat);
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
