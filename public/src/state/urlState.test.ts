import { openUrlState } from './urlState';

/** A history like that of a browser, as far as the page uses it. */
function fakeBrowser(hash = '') {
  const entries: { state: unknown; url: string }[] = [{ state: null, url: `/${hash}` }];
  let at = 0;
  let onPop = (): void => undefined;
  const here = () => new URL(entries[at]?.url ?? '', 'http://map.test');
  vi.stubGlobal('location', {
    get hash() {
      return here().hash;
    },
    pathname: '/',
    search: '',
    origin: 'http://map.test',
  });
  vi.stubGlobal('history', {
    get state() {
      return entries[at]?.state ?? null;
    },
    pushState(state: unknown, _: string, url: string) {
      entries.splice(at + 1, entries.length, { state, url });
      at += 1;
    },
    replaceState(state: unknown, _: string, url: string) {
      entries[at] = { state, url };
    },
    go(by: number) {
      at += by;
      onPop();
    },
  });
  vi.stubGlobal('navigator', { languages: ['en'] });
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  vi.stubGlobal('addEventListener', (_: string, listener: () => void) => {
    onPop = listener;
  });
  return { count: () => entries.length };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('choices are undone and redone, and a new choice ends what can be redone', () => {
  fakeBrowser();
  const url = openUrlState();
  expect(url.steps.get()).toEqual({ canUndo: false, canRedo: false });
  url.choose({ kind: 'users' });
  url.choose({ kind: 'organic' });
  url.undo();
  expect(url.get().kind).toBe('users');
  expect(url.steps.get()).toEqual({ canUndo: true, canRedo: true });
  url.redo();
  expect(url.get().kind).toBe('organic');
  url.undo();
  url.choose({ view: 'heat' });
  expect(url.steps.get()).toEqual({ canUndo: true, canRedo: false });
  url.redo();
  expect(url.get()).toMatchObject({ kind: 'users', view: 'heat' });
});

test('undo leaves the camera where it is, except for another city', () => {
  fakeBrowser();
  const url = openUrlState();
  const [first, second] = [
    { zoom: 11, lat: 35.7, lng: 51.4 },
    { zoom: 14, lat: 35.75, lng: 51.45 },
  ];
  url.follow({ camera: first });
  url.choose({ kind: 'users' });
  url.follow({ camera: second });
  url.undo();
  expect(url.get()).toMatchObject({ kind: 'orders', camera: second });
  url.choose({ city: 'shiraz', camera: null });
  url.undo();
  expect(url.get()).toMatchObject({ city: null, camera: second });
});

test('the moves of one slider are one step', () => {
  vi.useFakeTimers();
  const browser = fakeBrowser();
  const url = openUrlState();
  for (const km of [3, 2.5, 2]) url.slide('radius', { radiusMode: { kind: 'fixed', km } });
  expect(browser.count()).toBe(2);
  url.slide('marker', { markerSize: 2 });
  vi.advanceTimersByTime(5000);
  url.slide('marker', { markerSize: 1.5 });
  expect(browser.count()).toBe(4);
  url.undo();
  expect(url.get().markerSize).toBe(2);
  url.undo();
  expect(url.get()).toMatchObject({ markerSize: 1, radiusMode: { kind: 'fixed', km: 2 } });
  url.undo();
  expect(url.get().radiusMode.kind).toBe('own');
  expect(url.steps.get().canUndo).toBe(false);
});

test('a copied link has the whole state, and a saved state is one choice', () => {
  fakeBrowser('#kind=users');
  const url = openUrlState();
  url.begin({ lines: ['Cafe'], window: '30d' });
  expect(url.link()).toBe('http://map.test/#window=30d&kind=users&line=Cafe&lang=en&theme=day');
  url.open('#kind=organic&line=all&theme=night');
  expect(url.get()).toMatchObject({ kind: 'organic', lines: [], theme: 'night' });
  url.undo();
  expect(url.get()).toMatchObject({ kind: 'users', lines: ['Cafe'], theme: 'day' });
});
