// Connects the map to the state and the model: draws new scenes, flies to the chosen city, stores picks.

import { addCoverageProtocols, type CoverageClient, openCoverage } from '../coverage/client';
import { TEXTS } from '../i18n/texts';
import { openCoveragePick } from '../map/coveragePick';
import { createMapView, type MapView } from '../map/mapView';
import type { PickOrder, PickTarget } from '../map/pick';
import { type Side, sideOf } from '../state/sides';
import { chosenStat } from '../state/slices/areas';
import type { Camera, State } from '../state/state';
import type { UrlState } from '../state/urlState';
import { styleOf } from '../view/mapStyle';
import { cityOf, type LoadedModel } from '../view/model';
import { looksTheSame, type Scene } from '../view/scene';
import { isCellGone, isFeatureGone } from './pickFate';
import { watchAreaGaps } from './watchAreaGaps';

export { showSkeleton } from './skeleton';

export interface App {
  url: UrlState;
  model: LoadedModel;
  view: MapView;
  /** Draws the base map. Called once, after the first tile has loaded. */
  showBasemap(): void;
  /** Shows the whole city next to the panel. */
  goHome(): void;
  /** Shows where the user is, if that is in a city of the map. */
  goToUser(): Promise<void>;
  /** Zooms in as far as everything that is shown of the city still fits. */
  fitToData(): Promise<void>;
  /** The worker that computes coverage. It starts on first use. */
  coverage(): CoverageClient;
}

/** At this zoom the cells are about 150 m wide. */
const USER_ZOOM = 13;

/** The initial camera when the URL, the catalog and the configuration define none. */
const WORLD: Camera = { lng: 0, lat: 20, zoom: 4 };

export function startApp(container: HTMLElement, url: UrlState, model: LoadedModel): App {
  const scene = (): Scene => ({ side: 'main', state: url.get(), model: model.get() });
  const homeCamera = (): Camera | null => {
    const { catalog } = model.get();
    const city = catalog && cityOf(catalog, url.get());
    return city && { lng: city.center[0], lat: city.center[1], zoom: city.zoom };
  };
  /** The camera until the catalog, which lists the cities, has loaded, or if it cannot be loaded. */
  const fallbackCamera = (): Camera => model.get().config.camera ?? WORLD;
  const pickTarget = (side: Side): PickTarget | null => {
    const { dataset } = sideOf(side, url.get(), model.get());
    if (!(dataset && url.get().showsDensity)) return null;
    const layer = url.get().view === 'cells' ? 'density-cells' : 'density-heat';
    return { layer, minzoom: dataset.quantiles.minzoom, maxzoom: dataset.quantiles.maxzoom };
  };

  /** Vendors, coverage cells and coloured areas hide the density cell below them. */
  const pickOrder = (side: Side): PickOrder => {
    const isFilled = chosenStat(url.get()) !== null;
    return {
      over: isFilled ? ['vendors', 'coverage', 'areas'] : ['vendors', 'coverage'],
      cell: pickTarget(side),
      under: ['areas'],
    };
  };

  const coverage = openCoverage(() => model.get().catalog);
  addCoverageProtocols(coverage);
  watchAreaGaps(url, model, coverage);
  const coveragePick = openCoveragePick(model, coverage);

  let drawn = scene();
  const start = url.get().camera ?? homeCamera();
  let isPlaced = start !== null;
  const view = createMapView(container, styleOf(drawn, true), start ?? fallbackCamera(), pickOrder, {
    // Until the map is at its initial position, its camera is not a choice of the user.
    onMove: (camera) => isPlaced && url.follow({ camera }),
    onPick: (cell, byKeyboard, side) => model.pick(cell && { cell, byKeyboard, side }),
    onPickFeature: (feature) => {
      model.pickFeature(feature);
      coveragePick.update(url.get(), view.camera.get().zoom, false);
    },
    onTileError: (message) =>
      model.fail('tiles', message, () => {
        model.dismiss('tiles');
        // MapLibre requests a failed tile again only from a new source.
        view.draw(styleOf({ ...scene(), model: { ...model.get(), dataset: null } }));
        view.draw(styleOf(scene()));
      }),
    onError: (message) => model.fail('map', message, null),
  });

  const goHome = (animate: boolean): void => {
    const home = homeCamera();
    if (!home) return;
    isPlaced = true;
    view.moveTo(home, animate);
  };
  const showCity = (): void => {
    const { catalog } = model.get();
    const city = catalog && cityOf(catalog, url.get());
    const whole = city && view.cameraFor(city.bounds);
    if (whole) view.moveTo(whole, true);
  };
  const nameMap = (): void => {
    const { lang } = url.get();
    view.setLabel(TEXTS[lang].map);
    view.setAttribution(model.get().dataset?.attribution ?? '', lang === 'fa' ? 'bottom-left' : 'bottom-right');
  };
  const markPlace = (): void => view.mark(url.get().mark, TEXTS[url.get().lang].mark);
  // The first frame shows data on a plain background. The base map is drawn after the first tile.
  let isDataOnly = true;
  const redraw = (): void => {
    const next = scene();
    if (looksTheSame(drawn, next)) return;
    view.draw(styleOf(next, isDataOnly));
    if (drawn.model.dataset !== next.model.dataset) nameMap();
    drawn = next;
  };
  /** A new city or a step back in the history moves the map. A camera that the map itself reported does not. */
  const followCamera = (was: State, { camera, city }: State): void => {
    if (camera === null) {
      if (was.city !== city || was.camera !== null) goHome(true);
    } else if (camera !== was.camera && !isNear(camera, view.camera.get())) view.moveTo(camera, false);
  };

  let shownFallback = fallbackCamera();
  const placeMap = (): void => {
    goHome(false);
    if (isPlaced || shownFallback === fallbackCamera()) return;
    shownFallback = fallbackCamera();
    view.moveTo(shownFallback, false);
  };
  model.subscribe(() => {
    redraw();
    if (!isPlaced) placeMap();
  });
  let before = url.get();
  url.subscribe(() => {
    const [was, is] = [before, url.get()];
    before = is;
    redraw();
    followCamera(was, is);
    const { picked, pickedFeature } = model.get();
    if (isCellGone(picked, was, is)) model.pick(null);
    if (isFeatureGone(pickedFeature, was, is)) model.pickFeature(null);
    const isRecounted = was.vendorFilter !== is.vendorFilter || was.radiusMode !== is.radiusMode;
    if (isRecounted) coveragePick.update(is, view.camera.get().zoom, true);
    if (was.lang !== is.lang) nameMap();
    if (was.mark !== is.mark || was.lang !== is.lang) markPlace();
  });
  nameMap();
  markPlace();
  void whenHeat(url).then(async () => (await import('../map/autoHeat')).startAutoHeat(url, model));

  const showBasemap = (): void => {
    isDataOnly = false;
    view.draw(styleOf(scene()));
  };

  const fitToData = async (): Promise<void> => {
    const [{ boundsOfShown }, { createCellFetcher }] = await Promise.all([
      import('../map/fit'),
      import('../tiles/densityTiles'),
    ]);
    const bounds = await boundsOfShown(url.get(), model.get(), createCellFetcher());
    if (bounds) await view.flyTo(bounds);
    else goHome(true);
  };

  const goToUser = async (): Promise<void> => {
    const { cityAt, locateUser } = await import('../map/userPlace');
    const place = await locateUser();
    const text = TEXTS[url.get().lang];
    const city = cityAt(place, model.get().catalog?.cities ?? []);
    if (!city) throw new Error(text.outsideCities);
    url.follow({ city: city.key });
    view.showUser(place, text.userPlace);
    view.moveTo({ ...place, zoom: Math.max(view.camera.get().zoom, USER_ZOOM) }, true);
  };

  return {
    url,
    model,
    view,
    showBasemap,
    goHome: () => showCity(),
    goToUser: () => model.attempt('location', goToUser),
    fitToData: () => model.attempt('fit', fitToData),
    coverage,
  };
}

/** Resolves when the heat view is chosen for the first time. */
function whenHeat(url: UrlState): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (url.get().view !== 'heat') return;
      stop();
      resolve();
    };
    const stop = url.subscribe(check);
    check();
  });
}

/** Equal within the rounding of the URL. */
function isNear(a: Camera, b: Camera): boolean {
  return Math.abs(a.lng - b.lng) < 1e-4 && Math.abs(a.lat - b.lat) < 1e-4 && Math.abs(a.zoom - b.zoom) < 0.02;
}
