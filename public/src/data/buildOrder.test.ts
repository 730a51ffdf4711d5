import { inReadingOrder } from './buildOrder';
import type { Build } from './freshness';

const build = (type: Build['type'], name: string, slot = 'now'): Build =>
  ({ type, name, slot, builtAt: '', dataAt: null, nextDue: null, rows: null, hold: null }) as Build;

test('builds are listed as they are drawn, windows from short to long, then tables', () => {
  const listed = [
    build('table', 'vendors/tehran'),
    build('table', 'options'),
    build('layer', 'density', 'all'),
    build('layer', 'vendors'),
    build('layer', 'density', '90d'),
    build('table', 'coverage-grid/karaj'),
    build('layer', 'density', '7d'),
    build('layer', 'coverage'),
    build('table', 'area-stats/orders'),
  ];
  expect(inReadingOrder(listed).map(({ name, slot }) => `${name} ${slot}`)).toEqual([
    'density 7d',
    'density 90d',
    'density all',
    'coverage now',
    'vendors now',
    'area-stats/orders now',
    'options now',
    'coverage-grid/karaj now',
    'vendors/tehran now',
  ]);
});
