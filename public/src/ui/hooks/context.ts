// Hooks through which components access the app, its state and its data.

import { createContext, use, useEffect, useEffectEvent, useMemo, useRef, useSyncExternalStore } from 'react';
import type { App } from '../../app/app';
import { timelineOf } from '../../data/timeline';
import { type I18n, i18nFor } from '../../i18n/i18n';
import type { Store } from '../../lib/store';
import type { State } from '../../state/state';
import type { Model } from '../../view/model';

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = use(AppContext);
  if (!app) throw new Error('useApp must be used inside AppContext');
  return app;
}

export function useStore<T>(store: Pick<Store<T>, 'get' | 'subscribe'>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** The given parts of the state. Without keys, all of it: the component renders again after any change. */
export function useUrl<Key extends keyof State = keyof State>(...keys: Key[]): Pick<State, Key> {
  return useWatched(useApp().url, keys);
}

/** Like `useUrl`, for the model. */
export function useModel<Key extends keyof Model = keyof Model>(...keys: Key[]): Pick<Model, Key> {
  return useWatched(useApp().model, keys);
}

/** The store's value, updated only when one of these keys changes. */
function useWatched<T, Key extends keyof T>(store: Pick<Store<T>, 'get' | 'subscribe'>, keys: Key[]): Pick<T, Key> {
  const watched = useRef(keys);
  const get = useMemo(() => {
    let last = store.get();
    return () => {
      const next = store.get();
      const { current } = watched;
      if (current.length === 0 || current.some((key) => !Object.is(last[key], next[key]))) last = next;
      return last;
    };
  }, [store]);
  return useSyncExternalStore(store.subscribe, get);
}

export function useI18n(): I18n {
  const { lang } = useUrl('lang');
  const { config } = useModel('config');
  return i18nFor(lang, config);
}

/** Matches where the panel is a sheet. phone.css has the same width. */
export const SHEET_QUERY = '(max-width: 720px)';

/** Matches where popups are sheets: on phones, and in windows that are too low for a popup. phone.css has the same height. */
const POPUP_SHEET_QUERY = `${SHEET_QUERY}, (max-height: 500px)`;

/** Whether popups are sheets. */
export const useIsSheet = (): boolean => useMatches(POPUP_SHEET_QUERY);

/** Whether the panel is a sheet. */
export const useIsPhone = (): boolean => useMatches(SHEET_QUERY);

/** Whether the server lists days, so that any range of them can be shown. */
export function useHasTimeline(): boolean {
  const { catalog } = useModel('catalog');
  return catalog !== null && timelineOf(catalog) !== null;
}

function useMatches(media: string): boolean {
  const query = useMemo(() => matchMedia(media), [media]);
  const subscribe = (listener: () => void): (() => void) => {
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  };
  return useSyncExternalStore(subscribe, () => query.matches);
}

/** Escape calls `close` and returns the focus to the map. */
export function useEscape(close: () => void): void {
  const { view } = useApp();
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    close();
    view.map.getCanvas().focus();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(event);
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);
}
