// Keeps the state in the address bar. A choice adds a history entry, a camera move does not. Undo and redo walk through the
// same entries as the buttons of the browser.

import { createStore, type Store } from '../lib/store';
import { withoutUsers } from './hiddenUsers';
import { type DensityDefaults, withDefaults } from './slices/density';
import { fitting, formatState, parseState, type State, type StateDefaults, withFittingClasses } from './state';

/** Whether there are choices to undo and to redo. */
export interface Steps {
  canUndo: boolean;
  canRedo: boolean;
}

export interface UrlState extends Pick<Store<State>, 'get' | 'subscribe'> {
  /** Whether the page was opened with choices in its address. */
  isLink: boolean;
  /** Applies a choice of the user. The back button undoes it. */
  choose(patch: Partial<State>): void;
  /** Applies a choice of a slider. Consecutive choices of the same slider are one history entry. */
  slide(slider: string, patch: Partial<State>): void;
  /** Applies a change without a history entry, such as a camera move. */
  follow(patch: Partial<State>): void;
  /** Applies the defaults where the user has not chosen. Leaves the URL unchanged. */
  begin(density: DensityDefaults, hidesUsers?: boolean): void;
  steps: Pick<Store<Steps>, 'get' | 'subscribe'>;
  /** Undo and redo choices. The camera stays, unless the city changes. */
  undo(): void;
  redo(): void;
  /** A link with the whole state, which is the same with the defaults of any other browser. */
  link(): string;
  /** Applies a saved state as one choice. */
  open(hash: string): void;
}

/** The entry of a history: how many choices of this page came before it. */
interface Entry {
  depth: number;
}

export function openUrlState(): UrlState {
  let defaults = browserDefaults();
  const isLink = location.hash.length > 1;
  const store = createStore(parseState(location.hash, defaults));
  const steps = createStore<Steps>({ canUndo: false, canRedo: false });
  let depth = depthOf(history.state);
  let deepest = depth;
  let keepsCamera = false;
  const isNewSlide = slideWatch(() => depth);
  const setDepth = (next: number): void => {
    depth = next;
    deepest = Math.max(deepest, depth);
    steps.set({ canUndo: depth > 0, canRedo: depth < deepest });
  };
  const write = (patch: Partial<State>, isChoice: boolean): void => {
    const next = fitting({ ...store.get(), ...patch });
    const url = `${location.pathname}${location.search}${formatState(next, defaults)}`;
    if (isChoice) {
      deepest = depth + 1;
      setDepth(deepest);
      history.pushState({ depth } satisfies Entry, '', url);
    } else history.replaceState({ depth } satisfies Entry, '', url);
    store.set(next);
  };
  const read = (): void => {
    const [before, next] = [store.get(), parseState(location.hash, defaults)];
    setDepth(depthOf(history.state));
    const isSameCity = keepsCamera && before.city === next.city;
    keepsCamera = false;
    if (isSameCity) write({ ...next, camera: before.camera }, false);
    else store.set(next);
  };
  const walk = (by: 1 | -1): void => {
    keepsCamera = true;
    history.go(by);
  };
  addEventListener('popstate', read);
  setDepth(depth);
  return {
    isLink,
    get: store.get,
    subscribe: store.subscribe,
    choose: (patch) => write(withFittingClasses(patch), true),
    slide: (slider, patch) => write(patch, isNewSlide(slider)),
    follow: (patch) => write(patch, false),
    begin(density, hidesUsers = false) {
      defaults = { ...defaults, density, hidesUsers };
      const state = withDefaults(store.get(), density);
      store.set(hidesUsers ? withoutUsers(state) : state);
    },
    steps,
    undo: () => steps.get().canUndo && walk(-1),
    redo: () => steps.get().canRedo && walk(1),
    link: () => `${location.origin}${location.pathname}${location.search}${formatState(store.get(), {})}`,
    open: (hash) => write(parseState(hash, defaults), true),
  };
}

function depthOf(entry: unknown): number {
  const { depth } = (entry ?? {}) as Partial<Entry>;
  return typeof depth === 'number' ? depth : 0;
}

/** A pause of this length ends the drag of a slider. */
const SLIDE_PAUSE_MS = 1000;

/** Whether a change of a slider begins a step of its own. */
function slideWatch(depth: () => number): (slider: string) => boolean {
  let last = { slider: '', depth: -1, at: 0 };
  return (slider) => {
    const now = Date.now();
    const isSame = slider === last.slider && depth() === last.depth && now - last.at < SLIDE_PAUSE_MS;
    last = { slider, depth: isSame ? depth() : depth() + 1, at: now };
    return !isSame;
  };
}

function browserDefaults(): StateDefaults {
  const prefersPersian = navigator.languages.some((language) => language.toLowerCase().startsWith('fa'));
  return {
    lang: prefersPersian ? 'fa' : 'en',
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'day',
  };
}
