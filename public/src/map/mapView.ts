// Owns the MapLibre map: draws a style document and reports the camera, picks and failures.

import type { StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Bounds } from '@styles/base';
import {
  AttributionControl,
  type ErrorEvent,
  LngLat,
  Map as MapLibreMap,
  type MapSourceDataEvent,
  Marker,
  setWorkerUrl,
  type VectorTileSource,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { createStore, type Store } from '../lib/store';
import type { Side } from '../state/sides';
import type { Camera } from '../state/state';
import { addTileProtocols, isRangeUrl } from '../tiles/protocols';
import { DENSITY_SOURCES } from '../view/densityStyle';
import type { Cell, PickedFeature } from '../view/model';
import { COMPUTED_SOURCES } from '../view/overlayStyle';
import { type Hovered, type HoverTarget, watchHover } from './hover';
import { areaNameAt, hasCellAt, hasFeatureAt, type PickOrder, pickFeature, pickNearCell } from './pick';

/** The performance mark set when the first density tile is decoded. */
export const FIRST_TILE_MARK = 'first-density-tile';

const MIN_ZOOM = 4;
const MAX_ZOOM = 17.9;
/** A finger is this imprecise. */
const TOUCH_PX = 12;
/** The padding around the bounds that the map flies to, and the highest zoom of such a flight. */
const FIT_PADDING_PX = 60;
const MAX_FIT_ZOOM = 15;
const CITY_PADDING_PX = 12;

export interface MapEvents {
  /** The user moved the map, by hand or with a control. */
  onMove(camera: Camera): void;
  onPick(cell: Cell | null, byKeyboard: boolean, side: Side): void;
  onPickFeature(feature: PickedFeature): void;
  onTileError(message: string): void;
  onError(message: string): void;
}

export interface Padding {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface MapView {
  map: MapLibreMap;
  camera: Store<Camera>;
  isLoading: Store<boolean>;
  /** Resolves when the first density tile is decoded. */
  firstTile: Promise<void>;
  draw(style: StyleSpecification): void;
  /** With `animate` the map flies; MapLibre respects reduced motion. */
  moveTo(camera: Camera, animate: boolean): void;
  /** The camera that shows the whole bounds next to the panel. */
  cameraFor(bounds: Bounds): Camera | null;
  /** The bounding box of the view. */
  bounds(): Bounds;
  /** Flies to a view of the whole bounds. Resolves on arrival. */
  flyTo(bounds: Bounds): Promise<void>;
  setPadding(padding: Padding): void;
  setAttribution(text: string, corner: 'bottom-left' | 'bottom-right'): void;
  setLabel(label: string): void;
  /** Sets the pin, replacing any earlier one; `null` removes it. */
  mark(at: { lng: number; lat: number } | null, label: string): void;
  /** Sends picks to `other` where it covers this map. Returns a function that stops this. */
  compareWith(other: Compared): () => void;
  compared(): MapLibreMap | null;
  /** Shows a small labelled pin at each position. Returns a function that removes them. */
  showPins(pins: readonly { lng: number; lat: number; label: string }[]): () => void;
  /** The name of the coarsest drawn area at a position; `null` where there is none. */
  areaNameAt(at: [number, number]): string | null;
  /** What is below the pointer. */
  hovered: Store<Hovered | null>;
  /** Marks the position of the user. It is in no link. */
  showUser(at: { lng: number; lat: number }, label: string): void;
  /** Marks the position of a picked feature. Returns a function that removes the mark. */
  ring(at: [number, number]): () => void;
}

/** A second map over this one. `covers` says whether it is drawn at a position, in pixels from the left. */
export interface Compared {
  map: MapLibreMap;
  covers(x: number): boolean;
}

/** The options of every map of the page. */
export const MAP_OPTIONS = {
  minZoom: MIN_ZOOM,
  maxZoom: MAX_ZOOM,
  renderWorldCopies: false,
  attributionControl: false,
  fadeDuration: 0,
  validateStyle: import.meta.env.DEV,
} as const;

export function createMapView(
  container: HTMLElement,
  style: StyleSpecification,
  camera: Camera,
  pickOrder: (side: Side) => PickOrder,
  events: MapEvents,
): MapView {
  setWorkerUrl(workerUrl);
  addTileProtocols();
  const map = new MapLibreMap({
    container,
    style,
    center: [camera.lng, camera.lat],
    zoom: camera.zoom,
    ...MAP_OPTIONS,
    // Pitch and rotation make the squares harder to read.
    maxPitch: 0,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    rollEnabled: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();

  const cameraStore = createStore(cameraOf(map));
  const isLoading = createStore(true);
  map.on('move', () => cameraStore.set(cameraOf(map)));
  map.on('moveend', () => events.onMove(cameraOf(map)));
  map.on('dataloading', () => isLoading.set(true));
  map.on('idle', () => isLoading.set(false));
  map.on('error', (event) => reportError(event, events));
  let compared: Compared | null = null;
  const shownAt = ({ x }: { x: number }): [MapLibreMap, Side] =>
    compared?.covers(x) ? [compared.map, 'compared'] : [map, 'main'];
  const find = (place: { lng: number; lat: number }, tolerancePx = 0): HoverTarget => {
    const [shown, side] = shownAt(map.project(place));
    const { over, cell: target, under } = pickOrder(side);
    const feature = pickFeature(shown, place, over, tolerancePx);
    const cell = feature ? null : pickNearCell(shown, place, target, tolerancePx);
    return { side, cell, feature: feature ?? (cell ? null : pickFeature(shown, place, under)) };
  };
  const pick = (place: { lng: number; lat: number }, byKeyboard: boolean, tolerancePx = 0): void => {
    const { side, cell, feature } = find(place, tolerancePx);
    if (feature) events.onPickFeature(feature);
    else events.onPick(cell, byKeyboard, side);
  };
  let lastPointer = '';
  map.getCanvas().addEventListener('pointerdown', ({ pointerType }) => {
    lastPointer = pointerType;
  });
  const hovered = watchHover(map, (place) => {
    const found = find(place);
    return found.cell || found.feature ? found : null;
  });
  map.on('click', ({ lngLat, originalEvent }) => {
    // Some browsers send a click without the kind of its pointer.
    const { pointerType } = originalEvent as Partial<PointerEvent>;
    pick(lngLat, false, (pointerType || lastPointer) === 'touch' ? TOUCH_PX : 0);
  });
  map.getCanvas().addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    pick(map.getCenter(), true);
  });
  map.on('mousemove', ({ point }) => {
    const [shown, side] = shownAt(point);
    const { over, cell, under } = pickOrder(side);
    const isOver = hasCellAt(shown, point, cell) || hasFeatureAt(shown, point, [...over, ...under]);
    map.getCanvas().style.cursor = isOver ? 'pointer' : '';
  });

  let attribution: AttributionControl | null = null;
  let pin: Marker | null = null;
  let user: Marker | null = null;
  const draw = drawWhenReady(map);
  return {
    map,
    camera: cameraStore,
    hovered,
    isLoading,
    firstTile: markFirstTile(map),
    draw,
    moveTo({ lng, lat, zoom }, animate) {
      if (animate) map.flyTo({ center: [lng, lat], zoom, speed: 2.4, maxDuration: 1800 });
      else map.jumpTo({ center: [lng, lat], zoom });
    },
    cameraFor(bounds) {
      const found = map.cameraForBounds([...bounds], { padding: CITY_PADDING_PX });
      if (!found?.center || found.zoom === undefined) return null;
      const { lng, lat } = LngLat.convert(found.center);
      return { lng, lat, zoom: found.zoom };
    },
    bounds: () => {
      const shown = map.getBounds();
      return [shown.getWest(), shown.getSouth(), shown.getEast(), shown.getNorth()];
    },
    flyTo(bounds) {
      return new Promise((resolve) => {
        map.once('moveend', () => resolve());
        map.fitBounds([...bounds], { padding: FIT_PADDING_PX, maxZoom: MAX_FIT_ZOOM, speed: 2.4, maxDuration: 1800 });
      });
    },
    setPadding: (padding) => map.setPadding(padding),
    setAttribution(text, corner) {
      if (attribution) map.removeControl(attribution);
      attribution = new AttributionControl({ compact: false, customAttribution: ['MapLibre', text].filter(Boolean) });
      map.addControl(attribution, corner);
    },
    mark(at, label) {
      pin?.remove();
      pin = at && new Marker({ element: pinElement(label), anchor: 'bottom' }).setLngLat(at).addTo(map);
    },
    setLabel: (label) => map.getCanvas().setAttribute('aria-label', label),
    compared: () => compared?.map ?? null,
    compareWith(other) {
      compared = other;
      return () => {
        compared = null;
      };
    },
    showPins(pins) {
      const markers = pins.map(({ lng, lat, label }) => {
        const element = document.createElement('div');
        element.className = 'number-pin';
        element.ariaHidden = 'true';
        element.textContent = label;
        return new Marker({ element }).setLngLat([lng, lat]).addTo(map);
      });
      return () => {
        for (const marker of markers) marker.remove();
      };
    },
    areaNameAt: (at) => areaNameAt(map, at),
    showUser(at, label) {
      user?.remove();
      const element = document.createElement('div');
      element.className = 'user-place';
      element.role = 'img';
      element.ariaLabel = label;
      user = new Marker({ element }).setLngLat(at).addTo(map);
    },
    ring(at) {
      const element = document.createElement('div');
      element.className = 'ring';
      element.ariaHidden = 'true';
      const marker = new Marker({ element }).setLngLat(at).addTo(map);
      return () => void marker.remove();
    },
  };
}

function pinElement(label: string): HTMLElement {
  const pin = document.createElement('div');
  pin.className = 'mark';
  pin.role = 'img';
  pin.ariaLabel = label;
  pin.innerHTML =
    '<svg viewBox="0 0 26 34" width="26" height="34" aria-hidden="true"><path fill="currentColor" stroke="#fff" stroke-width="1.5" d="M13 33C8 25 2 20 2 12.5a11 11 0 0 1 22 0C24 20 18 25 13 33z"/><circle cx="13" cy="12.5" r="4" fill="#fff"/></svg>';
  return pin;
}

/** MapLibre can only diff against a loaded style, so the latest document waits for that. */
export function drawWhenReady(map: MapLibreMap): (style: StyleSpecification) => void {
  let isReady = false;
  let waiting: StyleSpecification | null = null;
  const apply = (style: StyleSpecification): void => {
    renewTiles(map, style);
    map.setStyle(style, { diff: true, validate: import.meta.env.DEV });
  };
  map.once('style.load', () => {
    isReady = true;
    if (waiting) apply(waiting);
  });
  return (style) => {
    if (isReady) apply(style);
    else waiting = style;
  };
}

const DENSITY_IDS: readonly string[] = Object.values(DENSITY_SOURCES);

/** Keeps the old tiles of computed sources until the new ones arrive; a new source would be empty until then. */
function renewTiles(map: MapLibreMap, { sources }: StyleSpecification): void {
  for (const id of [...COMPUTED_SOURCES, ...DENSITY_IDS]) {
    const [drawn, next] = [map.getSource<VectorTileSource>(id), sources[id]];
    if (!drawn || next?.type !== 'vector' || !next.tiles) continue;
    const isComputed = !DENSITY_IDS.includes(id) || [drawn, next].every(({ tiles }) => isRangeUrl(String(tiles)));
    if (isComputed && String(drawn.tiles) !== String(next.tiles)) drawn.setTiles(next.tiles);
  }
}

function markFirstTile(map: MapLibreMap): Promise<void> {
  return new Promise((resolve) => {
    const check = ({ sourceId, tile }: MapSourceDataEvent): void => {
      const isDensity = Object.values<string>(DENSITY_SOURCES).includes(sourceId);
      const { buckets = {} }: { buckets?: object } = tile ?? {};
      if (!isDensity || Object.keys(buckets).length === 0) return;
      map.off('sourcedata', check);
      performance.mark(FIRST_TILE_MARK);
      resolve();
    };
    map.on('sourcedata', check);
  });
}

function reportError(event: ErrorEvent & { sourceId?: string; tile?: unknown }, events: MapEvents): void {
  if (event.error instanceof Error && event.error.name === 'AbortError') return;
  const { message } = event.error;
  if (event.tile !== undefined || event.sourceId !== undefined) events.onTileError(message);
  else events.onError(message);
}

function cameraOf(map: MapLibreMap): Camera {
  const { lng, lat } = map.getCenter();
  return { lng, lat, zoom: map.getZoom() };
}
