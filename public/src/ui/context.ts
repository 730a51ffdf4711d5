// How components reach the app, and watch what they show.

import type { Lang } from '@styles/base';
import { createContext, use, useEffect, useEffectEvent, useMemo, useSyncExternalStore } from 'react';
import type { App } from '../app';
import { namesIn, type PageConfig } from '../config';
import { type Format, formatFor } from '../format';
import { TEXTS, type Text } from '../i18n';
import type { Model } from '../model';
import type { State } from '../state';
import type { Store } from '../store';

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = use(AppContext);
  if (!app) throw new Error('a component of the page needs the app around it');
  return app;
}

export function useStore<T>(store: Pick<Store<T>, 'get' | 'subscribe'>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

export function useUrl(): State {
  return useStore(useApp().url);
}

export function useModel(): Model {
  return useStore(useApp().model);
}

export function useWords(): { text: Text; format: Format } {
  const { lang } = useUrl();
  const { config } = useModel();
  return useMemo(() => ({ text: ownWords(lang, config), format: formatFor(lang) }), [lang, config]);
}

/** Our words, with those of the configuration in their place. */
function ownWords(lang: Lang, { brand, lines, grades }: PageConfig): Text {
  const text = TEXTS[lang];
  return {
    ...text,
    title: brand?.name[lang] ?? text.title,
    subtitle: brand?.subtitle?.[lang] ?? text.subtitle,
    lineNames: { ...text.lineNames, ...namesIn(lang, lines) },
    gradeNames: { ...text.gradeNames, ...namesIn(lang, grades) },
  };
}

/** Where the panel is a sheet; css/phone.css has the same width. */
export const SHEET_QUERY = '(max-width: 720px)';

export function useIsSheet(): boolean {
  const query = useMemo(() => matchMedia(SHEET_QUERY), []);
  const subscribe = (listener: () => void): (() => void) => {
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  };
  return useSyncExternalStore(subscribe, () => query.matches);
}

/** Escape closes what is open over the map, and the map has the keyboard again. */
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
