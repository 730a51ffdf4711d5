// The loaded data and the current pick, unlike the state, which holds the user's choices.

import type { StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { City } from '@styles/base';
import type { HeatFit } from '@styles/heatFit';
import type { CellAttributes } from '@styles/measure';
import type { Overlay } from '@styles/overlays';
import type { AreaList } from '../areas/areaList';
import { type AreaOrders, fetchAreaOrders, withRange } from '../areas/areaOrders';
import { STAT_SOURCES } from '../areas/areaStat';
import { type Catalog, fetchCatalog } from '../data/catalog';
import { DEFAULT_CONFIG, fetchBasemap, fetchConfig, type PageConfig } from '../data/config';
import { type Dataset, fetchOverlay, type OverlayTiles } from '../data/tileJson';
import { startHealing } from '../lib/healing';
import { createStore, type Store } from '../lib/store';
import type { Side } from '../state/sides';
import { chosenStat } from '../state/slices/areas';
import type { State } from '../state/state';
import type { UrlState } from '../state/urlState';
import type { CellAddress } from '../tiles/cells';
import { fetchVendorTable, type VendorTable } from '../vendors/vendorTable';
import { fetchRangeOrders } from './range/timelineAccess';
import { fetchWanted, hasWanted, needsOtherDensity, wantedDensity } from './range/wantedDensity';

export interface Cell {
  address: CellAddress;
  attributes: CellAttributes;
  /** The orders of the whole cell, if the attributes are only the remainder of its shown children. */
  remainderOf: number | null;
}

/** A picked vendor, area or coverage cell. */
export interface PickedFeature {
  overlay: Overlay;
  at: [number, number];
  attributes: CellAttributes;
}

export type Failure =
  | 'catalog'
  | 'dataset'
  | 'compared'
  | 'overlay'
  | 'areaList'
  | 'areaOrders'
  | 'timeline'
  | 'vendors'
  | 'tiles'
  | 'heat'
  | 'fit'
  | 'config'
  | 'export'
  | 'basemap'
  | 'map'
  | 'picture'
  | 'location'
  | 'empty';

/** A message that stays until it is dismissed or its cause is gone. */
export interface Notice {
  failure: Failure;
  detail: string;
  retry: (() => void) | null;
}

export interface Model {
  config: PageConfig;
  catalog: Catalog | null;
  /** Whether the server responded to the last check for a newer map. */
  isReachable: boolean;
  dataset: Dataset | null;
  /** The other window of a comparison; `null` if both sides show the same window. */
  compared: Dataset | null;
  /** The style of a configured base map; `null` draws the plain one. */
  basemap: StyleSpecification | null;
  /** The tiles of the overlays that have been shown. */
  overlays: readonly OverlayTiles[];
  /** The areas of the current city, once areas are shown. */
  areaList: AreaList | null;
  /** Orders by area, once they are drawn or an area is picked. Only where the server shows them. */
  areaOrders: AreaOrders | null;
  /** Cells below target by area, for the chosen line, filter and radii, while they colour areas. */
  areaGaps: ReadonlyMap<number, number> | null;
  /** The vendors of the current city, once they are shown or counted. */
  vendorTable: VendorTable | null;
  /** The measured height of the heat surface of each side, by zoom. */
  heatFits: Record<Side, readonly HeatFit[]>;
  picked: { cell: Cell; byKeyboard: boolean; side: Side } | null;
  pickedFeature: PickedFeature | null;
  notices: readonly Notice[];
}

export interface LoadedModel extends Pick<Store<Model>, 'get' | 'subscribe'> {
  /** Resolves when the first load has finished, successfully or not. */
  firstLoad: Promise<void>;
  pick(picked: Model['picked']): void;
  pickFeature(feature: PickedFeature | null): void;
  fitHeat(side: Side, fits: readonly HeatFit[]): void;
  setAreaGaps(gaps: Model['areaGaps']): void;
  /** Checks for a newer map and loads it. */
  refresh(): Promise<void>;
  /** Runs an action. On failure, shows a notice with a retry button until the action succeeds. */
  attempt(failure: Failure, act: () => Promise<void>): Promise<void>;
  fail(failure: Failure, detail: string, retry: (() => void) | null): void;
  dismiss(failure: Failure): void;
}

/** Starts loading at once, and loads again when the user chooses another window or theme. */
export function openModel(url: UrlState): LoadedModel {
  const store = createStore<Model>({
    config: DEFAULT_CONFIG,
    catalog: null,
    isReachable: true,
    dataset: null,
    compared: null,
    basemap: null,
    overlays: [],
    areaList: null,
    areaOrders: null,
    areaGaps: null,
    vendorTable: null,
    heatFits: { main: [], compared: [] },
    picked: null,
    pickedFeature: null,
    notices: [],
  });
  const patch = (part: Partial<Model>): void => store.set({ ...store.get(), ...part });
  const healing = startHealing();
  const dismiss = (failure: Failure): void => {
    healing.stop(failure);
    const { notices } = store.get();
    if (notices.some((notice) => notice.failure === failure)) {
      patch({ notices: notices.filter((notice) => notice.failure !== failure) });
    }
  };
  const fail: LoadedModel['fail'] = (failure, detail, retry) => {
    const others = store.get().notices.filter((notice) => notice.failure !== failure);
    patch({ notices: [...others, { failure, detail, retry }] });
  };
  const attempt = async (failure: Failure, load: () => Promise<void>): Promise<void> => {
    try {
      await load();
      dismiss(failure);
    } catch (error) {
      const retry = (): void => void attempt(failure, load);
      fail(failure, error instanceof Error ? error.message : String(error), retry);
      if (HEALED.includes(failure)) healing.schedule(failure, retry);
    }
  };

  const cityKey = (catalog: Catalog): string => cityOf(catalog, url.get())?.key ?? '';
  const loadDataset = async (): Promise<void> => {
    const { catalog, dataset } = store.get();
    if (!catalog) return;
    const wanted = () => wantedDensity(catalog, cityKey(catalog), url.get(), 'main');
    const request = wanted();
    if (!request) return fail('empty', '', null);
    if (hasWanted(dataset, request)) return;
    const next = await fetchWanted(catalog, request);
    // If the user has chosen another window meanwhile, its own request sets the dataset.
    if (!hasWanted(next, wanted())) return;
    const { config } = store.get();
    // Times are shown in the zone of the map, unless the configuration names another.
    const zoned = config.time_zone ? config : { ...config, time_zone: next.timeZone };
    patch({ dataset: next, picked: null, config: zoned });
  };
  const loadCompared = async (): Promise<void> => {
    const { catalog, compared } = store.get();
    const wanted = () => catalog && wantedDensity(catalog, cityKey(catalog), url.get(), 'compared');
    const request = wanted();
    if (!(catalog && request) || hasWanted(compared, request)) return;
    const next = await fetchWanted(catalog, request);
    if (hasWanted(next, wanted())) patch({ compared: next });
  };
  const loadCatalog = async (): Promise<void> => {
    const [published] = await Promise.all([fetchCatalog(), firstConfig]);
    patch({ catalog: { ...published, home: store.get().config.city ?? null } });
    await loadMap();
  };
  const loadMap = async (): Promise<void> => {
    await attempt('dataset', loadDataset);
    await attempt('compared', loadCompared);
    await attempt('overlay', () => loadOverlays(url.get().overlays));
    // Areas are part of the base map, even if the overlay is off. Nothing waits for them.
    void attempt('overlay', () => loadOverlays(['areas'])).then(loadAreas);
  };
  /** The old map stays until the new one has loaded. */
  const refresh = async (): Promise<void> => {
    const known = store.get().catalog;
    if (!known) return;
    try {
      const published = await fetchCatalog('no-cache');
      patch({ isReachable: true });
      await followConfig();
      const catalog = { ...published, home: store.get().config.city ?? null };
      if (catalog.number === known.number) return;
      patch({ catalog, overlays: [], areaList: null, areaOrders: null, vendorTable: null });
      await loadMap();
    } catch {
      // The shown map stays valid; the freshness chip reports that the server is unreachable.
      patch({ isReachable: false });
    }
  };
  const loadOverlays = async (wanted: readonly Overlay[]): Promise<void> => {
    const { catalog } = store.get();
    if (!catalog) return;
    const isLoaded = (overlay: Overlay): boolean => store.get().overlays.some((known) => known.overlay === overlay);
    const missing = wanted.filter((overlay) => !isLoaded(overlay));
    const loaded = await Promise.all(missing.map((overlay) => fetchOverlay(catalog, overlay)));
    const fresh = loaded.filter((tiles) => tiles !== null).filter(({ overlay }) => !isLoaded(overlay));
    if (fresh.length > 0) patch({ overlays: [...store.get().overlays, ...fresh] });
  };
  const loadAreaList = async (): Promise<void> => {
    const wanted = (): City | null => {
      const { catalog } = store.get();
      return catalog && cityOf(catalog, url.get());
    };
    const [city, { catalog, overlays, areaList: known }] = [wanted(), store.get()];
    if (!(catalog && city) || known?.city === city.key) return;
    const tiles = overlays.find(({ overlay }) => overlay === 'areas') ?? (await fetchOverlay(catalog, 'areas'));
    if (!tiles) return;
    const { fetchAreaList } = await import('../areas/areaList');
    const areaList = await fetchAreaList(tiles, city);
    // If the user has chosen another city meanwhile, its own request sets the data.
    if (wanted()?.key === city.key) patch({ areaList });
  };
  const countsByArea = (source: 'vendors' | 'orders'): boolean => {
    if (!url.get().overlays.includes('areas')) return false;
    // Without a chosen statistic the list of areas shows vendors.
    const stat = chosenStat(url.get()) ?? 'vendors';
    const isTarget = source === 'vendors' && STAT_SOURCES[stat] === 'targets';
    return isTarget || STAT_SOURCES[stat] === source || store.get().pickedFeature?.overlay === 'areas';
  };
  const loadAreaOrders = async (): Promise<void> => {
    const { catalog, areaOrders } = store.get();
    if (!(catalog && countsByArea('orders'))) return;
    const known = areaOrders ?? (await fetchAreaOrders(catalog));
    const { dataset } = store.get();
    const city = cityKey(catalog);
    const range = dataset && known && (await fetchRangeOrders(catalog, dataset, city));
    // If the user has chosen another range meanwhile, its own request sets the data.
    if (store.get().dataset === dataset) patch({ areaOrders: known && range ? withRange(known, range) : known });
  };
  const loadVendorTable = async (): Promise<void> => {
    const { catalog } = store.get();
    const wanted = (): string | undefined => (catalog && cityOf(catalog, url.get()))?.key;
    const city = wanted();
    const isNeeded = VENDOR_OVERLAYS.some((overlay) => url.get().overlays.includes(overlay)) || countsByArea('vendors');
    if (!(catalog && city && isNeeded)) return;
    if (store.get().vendorTable?.city === city) return;
    const vendorTable = await fetchVendorTable(catalog, city);
    // If the user has chosen another city meanwhile, its own request sets the data.
    if (wanted() === city) patch({ vendorTable });
  };
  /** Loads the data behind areas; each part only when it is needed. */
  const loadAreas = (): void => {
    void attempt('areaList', loadAreaList);
    void attempt('areaOrders', loadAreaOrders);
    void attempt('vendors', loadVendorTable);
  };
  const loadBasemap = async (): Promise<void> => {
    const { config } = store.get();
    patch({ basemap: await fetchBasemap(config, url.get().theme) });
  };
  let configText = '';
  const applyConfig = (config: PageConfig): void => {
    const { catalog, dataset } = store.get();
    const zoned = config.time_zone || !dataset ? config : { ...config, time_zone: dataset.timeZone };
    url.begin(config.defaults, config.hide_users);
    patch({ config: zoned, catalog: catalog && { ...catalog, home: config.city ?? null } });
    void attempt('basemap', loadBasemap);
  };
  const loadConfig = async (): Promise<void> => {
    const config = await fetchConfig();
    configText = JSON.stringify(config);
    applyConfig(config);
  };
  /** The configuration may have changed since; a damaged one keeps the last that was valid. */
  const followConfig = async (): Promise<void> => {
    const config = await fetchConfig().catch(() => null);
    if (!config || JSON.stringify(config) === configText) return;
    configText = JSON.stringify(config);
    applyConfig(config);
  };

  const firstConfig = attempt('config', loadConfig);
  const firstLoad = Promise.all([attempt('catalog', loadCatalog), firstConfig]);
  let before = url.get();
  url.subscribe(() => {
    const [was, is] = [before, url.get()];
    before = is;
    if (needsOtherDensity(was, is)) {
      void attempt('dataset', loadDataset).then(loadAreas);
      void attempt('compared', loadCompared);
    }
    if (was.overlays !== is.overlays) void attempt('overlay', () => loadOverlays(url.get().overlays)).then(loadAreas);
    else if (was.city !== is.city || was.areaFill !== is.areaFill) loadAreas();
    if (was.theme !== is.theme && store.get().basemap) void attempt('basemap', loadBasemap);
  });

  return {
    get: store.get,
    subscribe: store.subscribe,
    firstLoad: firstLoad.then(() => undefined),
    pick: (picked) => patch({ picked, pickedFeature: null }),
    pickFeature(pickedFeature) {
      patch({ picked: null, pickedFeature });
      if (pickedFeature?.overlay === 'areas') loadAreas();
    },
    fitHeat: (side, fits) => patch({ heatFits: { ...store.get().heatFits, [side]: fits } }),
    setAreaGaps: (areaGaps) => patch({ areaGaps }),
    refresh,
    attempt,
    fail,
    dismiss,
  };
}

/** Failures that end by themselves: data that the server or the network did not deliver. */
const HEALED: readonly Failure[] = [
  'catalog',
  'dataset',
  'compared',
  'overlay',
  'areaList',
  'areaOrders',
  'timeline',
  'vendors',
  'config',
  'basemap',
];

/** Overlays that depend on the vendor filter. */
const VENDOR_OVERLAYS: readonly Overlay[] = ['vendors', 'coverage'];

export function cityOf(catalog: Catalog, state: Pick<State, 'city'>): City | null {
  const named = (key: string | null): City | undefined => catalog.cities.find((city) => city.key === key);
  return named(state.city) ?? named(catalog.home) ?? catalog.cities[0] ?? null;
}
