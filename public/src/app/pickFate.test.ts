import { parseState } from '../state/state';
import type { Model } from '../view/model';
import { isCellGone, isFeatureGone } from './pickFate';

const at = (hash: string) => parseState(hash, { lang: 'en', theme: 'day' });
const picked = (overlay: string, attributes = {}) =>
  ({ overlay, at: [51, 35], attributes }) as unknown as Model['pickedFeature'];

test('a popup disappears with its layer, its kind of areas and its city', () => {
  const was = at('#over=vendors&over=areas&areas=region');
  const isGone = (feature: Model['pickedFeature'], hash: string) => isFeatureGone(feature, was, at(hash));
  expect(isGone(picked('vendors'), '#over=areas&areas=region')).toBe(true);
  expect(isGone(picked('vendors'), '#over=vendors&vendor-grade=A')).toBe(false);
  expect(isGone(picked('areas', { kind: 'region' }), '#over=areas&areas=marketing')).toBe(true);
  expect(isGone(picked('areas', { kind: 'region' }), '#over=areas&areas=region&fill=orders')).toBe(false);
  expect(isGone(picked('vendors'), '#over=vendors&city=shiraz')).toBe(true);
  expect(isGone(null, '#')).toBe(false);
});

test('the popup of a cell disappears with density, its view, its city and its side', () => {
  const was = at('#vs=users');
  const cell = (side: 'main' | 'compared') => ({ side }) as Model['picked'];
  expect(isCellGone(cell('main'), was, at('#vs=users&density=off'))).toBe(true);
  expect(isCellGone(cell('main'), was, at('#vs=users&view=heat'))).toBe(true);
  expect(isCellGone(cell('main'), was, at('#vs=users&city=shiraz'))).toBe(true);
  expect(isCellGone(cell('main'), was, at('#vs=organic'))).toBe(false);
  expect(isCellGone(cell('compared'), was, at('#vs=organic'))).toBe(true);
  expect(isCellGone(cell('main'), was, at('#vs=users&kind=organic'))).toBe(false);
});
