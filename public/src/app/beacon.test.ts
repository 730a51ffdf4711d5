import { parseState } from '../state/state';
import { featuresOf, queryOf } from './beacon';

test('a report has rounded numbers and used features, and nothing else', () => {
  const used = new Set(['search', 'heat']);
  expect(queryOf({ map: 1234.567, lcp: 800.4, cls: 0.01234, errors: 2, used })).toBe(
    'map=1235&lcp=800&cls=12&errors=2&used=heat%2Csearch',
  );
  expect(queryOf({ errors: 500, used: new Set() })).toBe('errors=100');
});

test('features follow from the state, without its place', () => {
  const state = parseState('#overlays=areas,vendors&at=11/35.7/51.4', { lang: 'en', theme: 'day' });
  const features = featuresOf(state);
  expect(features.every((name) => /^[a-z]+$/.test(name))).toBe(true);
  expect(features).toContain(state.view === 'cells' ? 'cells' : 'heat');
  expect(features).toEqual(expect.arrayContaining(state.overlays.filter((name) => name !== 'coverage')));
});
