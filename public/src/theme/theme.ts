// Applies language, direction, theme and branding to the document.

import type { Lang } from '@styles/base';
import type { Theme } from '@styles/tokens';
import { type PageConfig, textOn } from '../data/config';
import type { Store } from '../lib/store';

interface Appearance {
  lang: Lang;
  theme: Theme;
}

type Watched<T> = Pick<Store<T>, 'get' | 'subscribe'>;

/** Applies the theme now and after every change. */
export function watchTheme(url: Watched<Appearance>, model: Watched<{ config: PageConfig }>): void {
  let applied: readonly unknown[] = [];
  const update = (): void => {
    const [state, { config }] = [url.get(), model.get()];
    const next = [state.lang, state.theme, config];
    if (next.every((part, i) => part === applied[i])) return;
    applied = next;
    applyTheme(state, config);
  };
  update();
  url.subscribe(update);
  model.subscribe(update);
}

function applyTheme({ lang, theme }: Appearance, { theme: configured }: PageConfig): void {
  const root = document.documentElement;
  root.lang = lang;
  root.dir = lang === 'fa' ? 'rtl' : 'ltr';
  root.dataset.theme = theme;
  if (configured) document.title = configured.name[lang];
  for (const [name, value] of accentColours(configured?.accent?.[theme])) root.style.setProperty(name, value);
  const background = getComputedStyle(root).getPropertyValue('--background').trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', background);
}

/** Without an accent the colours of base.css apply. */
function accentColours(accent: string | undefined): [name: string, value: string][] {
  if (!accent) return [];
  return [
    ['--accent', accent],
    ['--accent-text', textOn(accent)],
    ['--accent-soft', `color-mix(in oklab, ${accent} 16%, var(--solid))`],
  ];
}
