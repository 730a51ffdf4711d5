import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';
import { evaluate } from './evaluate.testing';
import { metresInPixels, OVERLAYS, overlayLayers, RATIO_LIMITS } from './overlays';
import { THEMES } from './tokens';

const state = { shown: OVERLAYS, theme: 'day', line: 2, latitude: 35.7 } as const;

test('what is not shown has no layer, and what is lies in one order whatever the order of choosing', () => {
  expect(overlayLayers({ ...state, shown: [] }, THEMES.day)).toEqual([]);
  const ids = (shown: (typeof OVERLAYS)[number][]): string[] =>
    overlayLayers({ ...state, shown }, THEMES.day).map(({ id }) => id);
  expect(ids(['vendors', 'coverage'])).toEqual(['coverage', 'vendor-radius', 'vendors']);
  expect(ids(['coverage', 'vendors'])).toEqual(['coverage', 'vendor-radius', 'vendors']);
});

test('a cell of coverage has a colour for each class of ratio, and zero has its own', () => {
  const [layer] = overlayLayers({ ...state, shown: ['coverage'] }, THEMES.day);
  const colour = (properties: Record<string, number>): unknown =>
    evaluate((layer as { paint: { 'fill-color': ExpressionSpecification } }).paint['fill-color'], properties, 12);
  const classes = [0, 0.1, ...RATIO_LIMITS].map((ratio) => String(colour({ r2: ratio, total: 9 })));
  expect(new Set(classes).size).toBe(classes.length);
  expect(String(colour({ r2: 0.1999, total: 9 }))).toBe(String(colour({ r2: 0.1, total: 9 })));
  // No target for this line: the total decides, and nobody at all is like no ratio at all.
  expect(String(colour({ total: 3 }))).not.toBe(String(colour({ total: 30 })));
  expect(String(colour({ total: 0 }))).toBe(String(colour({ r2: 0, total: 9 })));
});

test('a radius is as long on the screen as on the ground', () => {
  // At zoom 12 and 35.7° N a pixel of 512-pixel tiles is 15.52 m wide.
  const pixels = evaluate(metresInPixels(['get', 'radius_m'], 35.7), { radius_m: 3000 }, 12);
  expect(Number(pixels)).toBeCloseTo(3000 / 15.519, 0);
});
