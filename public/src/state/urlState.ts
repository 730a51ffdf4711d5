// Keeps the state in the address bar. A choice adds a history entry, a camera move does not.

import { createStore, type Store } from '../lib/store';
import { type DensityDefaults, withDefaults } from './slices/density';
import { formatState, parseState, type State, type StateDefaults } from './state';

export interface UrlState extends Pick<Store<State>, 'get' | 'subscribe'> {
  /** Applies a choice of the user. The back button undoes it. */
  choose(patch: Partial<State>): void;
  /** Applies a change without a history entry, such as a camera move. */
  follow(patch: Partial<State>): void;
  /** Applies the defaults where the user has not chosen. Leaves the URL unchanged. */
  begin(density: DensityDefaults): void;
}

export function openUrlState(): UrlState {
  let defaults = browserDefaults();
  const store = createStore(parseState(location.hash, defaults));
  const write = (patch: Partial<State>, how: 'pushState' | 'replaceState'): void => {
    const next = { ...store.get(), ...patch };
    const url = `${location.pathname}${location.search}${formatState(next, defaults)}`;
    history[how](null, '', url);
    store.set(next);
  };
  const read = (): void => store.set(parseState(location.hash, defaults));
  addEventListener('popstate', read);
  return {
    get: store.get,
    subscribe: store.subscribe,
    choose: (patch) => write(patch, 'pushState'),
    follow: (patch) => write(patch, 'replaceState'),
    begin(density) {
      defaults = { ...defaults, density };
      store.set(withDefaults(store.get(), density));
    },
  };
}

function browserDefaults(): StateDefaults {
  const prefersPersian = navigator.languages.some((language) => language.toLowerCase().startsWith('fa'));
  return {
    lang: prefersPersian ? 'fa' : 'en',
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'day',
  };
}
