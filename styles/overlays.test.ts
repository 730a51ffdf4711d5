import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';
import { AREA_KINDS } from './areas';
import { RATIO_LIMITS, ratioClasses, totalClasses } from './coverage';
import { evaluate } from './evaluate.testing';
import { OVERLAYS, overlayLayers, overlayNameLayers } from './overlays';
import { THEMES } from './tokens';
import { EVERY_VENDOR } from './vendorFilter';
import { metresInPixels, VENDOR_COLOURS } from './vendors';

const state = {
  shown: OVERLAYS,
  areaKinds: AREA_KINDS,
  theme: 'day',
  line: 2,
  latitude: 35.7,
  vendorFilter: EVERY_VENDOR,
  vendorsInside: [],
} as const;

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

test('the legend of coverage has the colours that the map draws', () => {
  const [ratios] = overlayLayers({ ...state, shown: ['coverage'] }, THEMES.day);
  const [totals] = overlayLayers({ ...state, line: null, shown: ['coverage'] }, THEMES.day);
  type Fill = { paint: { 'fill-color': ExpressionSpecification } };
  for (const { colour, from } of ratioClasses().slice(1)) {
    const drawn = evaluate((ratios as Fill).paint['fill-color'], { r2: Math.max(from, 0.01), total: 9 }, 12);
    expect(String(drawn), `ratio ${from}`).toBe(colour);
  }
  for (const { colour, from } of totalClasses()) {
    const drawn = evaluate((totals as Fill).paint['fill-color'], { total: from }, 12);
    expect(String(drawn), `total ${from}`).toBe(colour);
  }
});

test('a vendor has the colour of its platform, or of both', () => {
  const layers = overlayLayers({ ...state, shown: ['vendors'] }, THEMES.day);
  const [, points] = layers as { paint: { 'circle-color': ExpressionSpecification } }[];
  const colour = (attributes: Record<string, string | number>): string =>
    String(evaluate(points?.paint['circle-color'] ?? ['literal', ''], attributes, 12));
  const wanted = (name: keyof (typeof VENDOR_COLOURS)['day']): string => VENDOR_COLOURS.day[name];
  expect(colour({ platform: 'tapsifood', is_dual: 0 })).toBe(wanted('tapsifood'));
  expect(colour({ platform: 'snappfood' })).toBe(wanted('snappfood'));
  expect(colour({ platform: 'snappfood', is_dual: 1 })).toBe(wanted('dual'));
});

test('of areas only the chosen kinds are drawn and named', () => {
  const regions = { ...state, areaKinds: ['region'], shown: ['areas'] } as const;
  const layers = [...overlayLayers(regions, THEMES.day), ...overlayNameLayers(regions, THEMES.day)];
  expect(layers.map(({ id }) => id)).toEqual(['areas-fill', 'areas-line-region', 'area-names-region']);
});
