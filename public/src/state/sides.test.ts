import type { Model } from '../view/model';
import { sideOf } from './sides';
import { formatState, parseState } from './state';

const english = { lang: 'en', theme: 'day' } as const;
const model = { dataset: { layer: { slot: '30d' } }, compared: { layer: { slot: '7d' } } } as Model;
const at = (hash: string) => parseState(hash, english);

test('a comparison is part of the URL, and without one the URL is short', () => {
  const hash = '#kind=organic&vs=users&vs-window=7d&vs-at=0.62';
  expect(at(hash).compare).toEqual({ kind: 'users', window: '7d', divider: 0.62 });
  expect(formatState(at(hash), english)).toBe(hash);
  expect(at('#vs=nothing&vs-window=7d').compare).toBeNull();
  expect(at('#vs=users&vs-at=2').compare?.divider).toBeNull();
});

test('the compared side has its own kind and window, and shares the rest', () => {
  const state = at('#kind=organic&line=Cafe&vs=users&vs-window=7d');
  const compared = sideOf('compared', state, model);
  expect(compared.dataset?.layer.slot).toBe('7d');
  expect(compared.state).toMatchObject({ kind: 'users', window: '7d', lines: ['Cafe'] });
  expect(sideOf('main', state, model).state.kind).toBe('organic');
});

test('a side without a window has that of the main map', () => {
  const compared = sideOf('compared', at('#window=30d&vs=users'), model);
  expect(compared.dataset?.layer.slot).toBe('30d');
  expect(compared.state.window).toBe('30d');
});
