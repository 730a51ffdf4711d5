// The second map of a comparison. It covers the right part of the first map and follows its camera.

import { Map as MapLibreMap } from 'maplibre-gl';
import { sideOf } from '../state/sides';
import type { Comparison } from '../state/slices/compare';
import type { UrlState } from '../state/urlState';
import { styleOf } from '../view/mapStyle';
import type { LoadedModel } from '../view/model';
import { looksTheSame, type Scene } from '../view/scene';
import { drawWhenReady, MAP_OPTIONS, type MapView } from './mapView';

interface MapOwner {
  url: UrlState;
  model: LoadedModel;
  view: MapView;
}

/** Opens the second map and returns a function that closes it. The first map handles all input. */
export function openCompareMap({ url, model, view }: MapOwner): () => void {
  const container = document.createElement('div');
  container.className = 'compared';
  view.map.getCanvasContainer().append(container);
  const scene = (): Scene => {
    const { state, dataset } = sideOf('compared', url.get(), model.get());
    return { side: 'compared', state, model: { ...model.get(), dataset } };
  };
  let drawn = scene();
  const map = new MapLibreMap({ container, style: styleOf(drawn), ...MAP_OPTIONS, interactive: false });
  // The first map already has the accessible name.
  container.setAttribute('aria-hidden', 'true');
  const draw = drawWhenReady(map);
  const place = (): void => {
    container.style.clipPath = `inset(0 0 0 ${dividerX(view, url.get().compare)}px)`;
  };
  const follow = (): void => {
    map.jumpTo({ center: view.map.getCenter(), zoom: view.map.getZoom(), padding: view.map.getPadding() });
    place();
  };
  const redraw = (): void => {
    place();
    const next = scene();
    if (!url.get().compare || looksTheSame(drawn, next)) return;
    draw(styleOf(next));
    drawn = next;
  };
  follow();
  const covers = (x: number): boolean => x > dividerX(view, url.get().compare);
  const following = (['move', 'resize'] as const).map((kind) => view.map.on(kind, follow));
  const stops = [url.subscribe(redraw), model.subscribe(redraw), view.compareWith({ map, covers })];
  return () => {
    for (const subscription of following) subscription.unsubscribe();
    for (const stop of stops) stop();
    map.remove();
    container.remove();
  };
}

/** The position of the divider, in pixels from the left. By default the middle of the area next to the panel. */
export function dividerX({ map }: MapView, compare: Comparison | null): number {
  const width = map.getContainer().clientWidth;
  const { left = 0, right = 0 } = map.getPadding();
  return compare?.divider ? compare.divider * width : left + (width - left - right) / 2;
}
