// The dress of the document: language, direction, theme, and the colours and the name of a brand.

import { type PageConfig, textOn } from './config';
import type { LoadedModel } from './model';
import type { State } from './state';
import type { UrlState } from './urlState';

/** Dresses the document now, and again at every change. */
export function dressDocument(url: UrlState, model: LoadedModel): void {
  let worn: readonly unknown[] = [];
  const dress = (): void => {
    const [state, { config }] = [url.get(), model.get()];
    const next = [state.lang, state.theme, config];
    if (next.every((part, i) => part === worn[i])) return;
    worn = next;
    putOn(state, config);
  };
  dress();
  url.subscribe(dress);
  model.subscribe(dress);
}

function putOn({ lang, theme }: State, { brand }: PageConfig): void {
  const root = document.documentElement;
  root.lang = lang;
  root.dir = lang === 'fa' ? 'rtl' : 'ltr';
  root.dataset.theme = theme;
  if (brand) document.title = brand.name[lang];
  for (const [name, value] of accentColours(brand?.accent?.[theme])) root.style.setProperty(name, value);
  const ground = getComputedStyle(root).getPropertyValue('--ground').trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', ground);
}

/** Without an accent the style sheet's own colours hold. */
function accentColours(accent: string | undefined): [name: string, value: string][] {
  if (!accent) return [];
  return [
    ['--accent', accent],
    ['--accent-text', textOn(accent)],
    ['--accent-soft', `color-mix(in oklab, ${accent} 16%, var(--solid))`],
  ];
}
