// Ties the parts together: state and published data in, one style document out, picks and failures back.

import type { SourceSpecification, StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { City } from '@styles/base';
import { zoomClasses, type ZoomClasses } from '@styles/classes';
import type { DensityState } from '@styles/density';
import { mapStyle } from '@styles/document';
import type { Measure } from '@styles/measure';
import fontUrl from 'vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2?url';
import { cellSquare } from './cells';
import { TEXTS } from './i18n';
import { type Cell, createMapView, DENSITY_SOURCES, type MapView, type PickTarget, SQUARES_SCHEME } from './mapView';
import {
  type Catalog,
  chooseLayer,
  type Dataset,
  densityLayersOf,
  fetchCatalog,
  fetchConfig,
  fetchDataset,
  type PageConfig,
} from './published';
import type { Camera, State } from './state';
import { createStore, type Store } from './store';
import type { UrlState } from './urlState';

export type Failure = 'catalog' | 'dataset' | 'tiles' | 'basemap' | 'map' | 'empty';

/** A message that stays until it is dismissed or its cause is gone. */
export interface Notice {
  failure: Failure;
  detail: string;
  retry: (() => void) | null;
}

/** What was loaded and picked: facts about the world, unlike the state, which is the reader's. */
export interface Model {
  catalog: Catalog | null;
  dataset: Dataset | null;
  basemap: StyleSpecification | null;
  picked: { cell: Cell; byKeyboard: boolean } | null;
  notices: readonly Notice[];
}

export interface App {
  url: UrlState;
  model: Store<Model>;
  view: MapView;
  dismiss(failure: Failure): void;
  closePick(): void;
  goHome(): void;
}

const DEFAULT_CITY = 'tehran';
/** Shown for the instant before the catalog says where the cities are. */
const IRAN: Camera = { lng: 53.5, lat: 33, zoom: 5 };

export function startApp(container: HTMLElement, url: UrlState): App {
  const model = createStore<Model>({ catalog: null, dataset: null, basemap: null, picked: null, notices: [] });
  const patch = (part: Partial<Model>): void => model.set({ ...model.get(), ...part });
  const dismiss = (failure: Failure): void =>
    patch({ notices: model.get().notices.filter((notice) => notice.failure !== failure) });
  const fail = (failure: Failure, detail: string, retry: (() => void) | null): void => {
    dismiss(failure);
    patch({ notices: [...model.get().notices, { failure, detail, retry }] });
  };

  const document_ = (): StyleSpecification => styleOf(url.get(), model.get());
  const pickTarget = (): PickTarget | null => {
    const { dataset } = model.get();
    if (!dataset) return null;
    const layer = url.get().view === 'cells' ? 'density-cells' : 'density-heat';
    return { layer, minzoom: dataset.quantiles.minzoom, maxzoom: dataset.quantiles.maxzoom };
  };

  let isPlaced = url.get().camera !== null;
  const view = createMapView(container, document_(), url.get().camera ?? IRAN, pickTarget, {
    // Until the map stands where the reader wants it, its camera is nobody's choice.
    onMove: (camera) => isPlaced && url.follow({ camera }),
    onPick: (cell, byKeyboard) => patch({ picked: cell && { cell, byKeyboard } }),
    onTileError: (message) =>
      fail('tiles', message, () => {
        dismiss('tiles');
        view.reloadTiles();
      }),
    onError: (message) => fail('map', message, null),
  });

  const place = (city: City, animate: boolean): void => {
    isPlaced = true;
    view.moveTo(homeOf(city), animate);
  };

  const loadDataset = async (): Promise<void> => {
    const { catalog, dataset } = model.get();
    if (!catalog) return;
    const layer = chooseLayer(densityLayersOf(catalog), url.get().window);
    if (!layer) return fail('empty', '', null);
    if (dataset?.layer.tilejson === layer.tilejson) return;
    try {
      const next = await fetchDataset(layer);
      // The reader may have chosen another window meanwhile; that one's own request will answer.
      if (chooseLayer(densityLayersOf(catalog), url.get().window) !== layer) return;
      patch({ dataset: next, picked: null });
      dismiss('dataset');
    } catch (error) {
      fail('dataset', messageOf(error), () => void loadDataset());
    }
  };

  const loadCatalog = async (): Promise<void> => {
    try {
      const catalog = await fetchCatalog();
      patch({ catalog });
      dismiss('catalog');
      const city = cityOf(catalog, url.get());
      if (!isPlaced && city) place(city, false);
      await loadDataset();
    } catch (error) {
      fail('catalog', messageOf(error), () => void loadCatalog());
    }
  };

  const loadBasemap = async (config: Promise<PageConfig>): Promise<void> => {
    try {
      const { basemap_style: style } = await config;
      if (style === null) return;
      const address = typeof style === 'string' ? style : style[url.get().theme];
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      const basemap: StyleSpecification = await response.json();
      patch({ basemap });
      dismiss('basemap');
    } catch (error) {
      fail('basemap', messageOf(error), () => void loadBasemap(fetchConfig()));
    }
  };

  let drawn: { state: State; model: Model } | null = null;
  const redraw = (): void => {
    const [state, now] = [url.get(), model.get()];
    const isSame =
      drawn !== null &&
      DRAWN_STATE.every((key) => drawn?.state[key] === state[key]) &&
      DRAWN_MODEL.every((key) => drawn?.model[key] === now[key]);
    if (!isSame) view.draw(document_());
    drawn = { state, model: now };
  };
  model.subscribe(redraw);

  const config = fetchConfig();
  let before = url.get();
  url.subscribe(() => {
    const [was, is] = [before, url.get()];
    before = is;
    redraw();
    followCamera(was, is);
    if (was.window !== is.window) void loadDataset();
    if (was.theme !== is.theme && model.get().basemap) void loadBasemap(config);
    if (was.view !== is.view) patch({ picked: null });
    if (was.lang !== is.lang) view.setLabel(TEXTS[is.lang].map);
  });
  /** A change of city, or a step back in the history, moves the map; the map's own report does not. */
  const followCamera = (was: State, is: State): void => {
    const { catalog } = model.get();
    const city = catalog && cityOf(catalog, is);
    if (is.camera === null) {
      if (city && (was.city !== is.city || was.camera !== null)) place(city, true);
      return;
    }
    const { lng, lat, zoom } = view.camera.get();
    const isThere = Math.abs(lng - is.camera.lng) < 1e-4 && Math.abs(lat - is.camera.lat) < 1e-4 && Math.abs(zoom - is.camera.zoom) < 0.02;
    if (!isThere && was.camera !== is.camera) view.moveTo(is.camera, false);
  };

  view.setLabel(TEXTS[url.get().lang].map);
  void loadCatalog();
  void loadBasemap(config);

  return {
    url,
    model,
    view,
    dismiss,
    closePick: () => patch({ picked: null }),
    goHome() {
      const { catalog } = model.get();
      const city = catalog && cityOf(catalog, url.get());
      if (city) place(city, true);
    },
  };
}

/** A change of these asks for a new style document; the camera, for one, does not. */
const DRAWN_STATE = ['kind', 'lines', 'view', 'heat', 'lang', 'theme'] as const;
const DRAWN_MODEL = ['catalog', 'dataset', 'basemap', 'picked'] as const;

export function cityOf(catalog: Catalog, state: State): City | null {
  const named = (key: string | null): City | undefined => catalog.cities.find((city) => city.key === key);
  return named(state.city) ?? named(DEFAULT_CITY) ?? catalog.cities[0] ?? null;
}

export function measureOf(state: State, dataset: Dataset): Measure {
  const indices = state.lines.map((line) => dataset.lines.indexOf(line)).filter((index) => index >= 0);
  const isEvery = indices.length === dataset.lines.length;
  return { kind: state.kind, lines: isEvery ? [] : indices.toSorted((a, b) => a - b) };
}

export function classesOf(state: State, dataset: Dataset): ZoomClasses[] {
  return zoomClasses(dataset.quantiles, measureOf(state, dataset));
}

function homeOf({ center: [lng, lat], zoom }: City): Camera {
  return { lng, lat, zoom };
}

function styleOf(state: State, { catalog, dataset, basemap, picked }: Model): StyleSpecification {
  return mapStyle({
    theme: state.theme,
    lang: state.lang,
    cities: catalog?.cities ?? [],
    density: dataset && { sources: densitySources(dataset), source: DENSITY_SOURCES, state: densityState(state, dataset) },
    selection: picked && cellSquare(picked.cell.address),
    basemap,
    fontUrl: new URL(fontUrl, location.href).href,
  });
}

function densityState(state: State, dataset: Dataset): DensityState {
  return { view: state.view, measure: measureOf(state, dataset), classes: classesOf(state, dataset), heat: state.heat };
}

/** The same tiles twice, as points and as squares; the map fetches only what a layer draws. */
function densitySources({ tileUrl, bounds, quantiles }: Dataset): Record<string, SourceSpecification> {
  const { minzoom, maxzoom } = quantiles;
  const source = (url: string): SourceSpecification => ({ type: 'vector', tiles: [url], bounds, minzoom, maxzoom });
  return {
    [DENSITY_SOURCES.points]: source(tileUrl),
    [DENSITY_SOURCES.squares]: source(SQUARES_SCHEME + tileUrl),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
