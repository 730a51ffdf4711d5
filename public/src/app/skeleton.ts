// The skeleton of the panel: its header and summary. It is painted before the map first draws, because that blocks later
// paints. The controls replace it.

import { i18nFor } from '../i18n/i18n';
import type { UrlState } from '../state/urlState';
import type { LoadedModel } from '../view/model';
import { summaryOf } from '../view/summary';

/** The map may start at once: it draws little before its first tile arrives. */
export function showSkeleton(into: HTMLElement, url: UrlState, model: LoadedModel): void {
  const [state, known] = [url.get(), model.get()];
  const i18n = i18nFor(state.lang, known.config);
  const sentences = known.catalog ? summaryOf(state, known, null, i18n) : [];
  const panel = element('section', 'panel');
  panel.ariaBusy = 'true';
  panel.dataset.open = 'false';
  panel.append(
    element('div', 'grip'),
    header(i18n.text, known.config.theme?.logo ?? '/icon.svg'),
    // Reserves the height of the search box.
    element('div', 'finder'),
    element('div', 'summary', ...sentences.map(([, sentence]) => element('p', '', sentence))),
  );
  into.replaceChildren(panel);
}

function header({ title, subtitle }: { title: string; subtitle: string }, logo: string): HTMLElement {
  const picture = document.createElement('img');
  Object.assign(picture, { src: logo, alt: '', width: 26, height: 26 });
  const name = element('span', '', title, element('small', '', subtitle));
  const heading = element('h1', '', picture, name);
  return element('header', 'panel-head', heading);
}

function element(tag: string, className: string, ...content: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}
