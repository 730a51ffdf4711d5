import { parseState, type State } from '../state/state';
import { QUICK_MAPS, type QuickMap, quickMapOf, showing } from './quickMaps';

const start = parseState('', { lang: 'en', theme: 'day' });
function after(state: State, ...maps: QuickMap[]): State {
  let is = state;
  for (const map of maps) is = { ...is, ...showing(map, is) };
  return is;
}

test('choosing a quick map shows that map, whatever was shown before', () => {
  for (const before of QUICK_MAPS) {
    for (const map of QUICK_MAPS) expect(quickMapOf(after(start, before, map)), `${map} after ${before}`).toBe(map);
  }
});

test('changing the density keeps overlays, except one that was the map itself', () => {
  const withVendors: State = { ...start, overlays: ['vendors'] };
  expect(after(withVendors, 'users').overlays).toEqual(['vendors']);
  expect(after(start, 'vendors', 'users').overlays).toEqual([]);
});

test('areas stay on every map until it is cleared', () => {
  const withAreas: State = { ...start, overlays: ['areas'] };
  expect(after(withAreas, 'coverage').overlays).toEqual(['coverage', 'areas']);
  expect(after(withAreas, 'coverage', 'orders').overlays).toEqual(['areas']);
  expect(after(withAreas, 'none')).toMatchObject({ showsDensity: false, overlays: [] });
});
