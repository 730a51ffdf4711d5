import type { ExpressionSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { AREA_KINDS } from './areas';
import { contrast } from './contrast';
import {
  countOf,
  coverageClassOf,
  isZeroTarget,
  NEUTRAL_COLOURS,
  PLAIN_COVERAGE,
  RATIO_LIMITS,
  ratioClasses,
  totalClasses,
} from './coverage';
import { evaluate } from './evaluate.testing';
import type { CellAttributes } from './measure';
import { OVERLAYS, type OverlayState, overlayLayers, overlayNameLayers } from './overlays';
import { THEMES } from './tokens';
import { DEFAULT_VENDORS, EVERY_VENDOR } from './vendorFilter';
import { FAR_VENDORS, SINGLE_MINZOOM, VENDOR_CATEGORIES, VENDOR_COLOURS } from './vendors';

const state: OverlayState = {
  shown: OVERLAYS,
  areaKinds: AREA_KINDS,
  theme: 'day',
  coverage: { line: 2, lines: [2], shownClasses: [], appearance: PLAIN_COVERAGE, maxzoom: 12 },
  hasFarVendors: true,
  shownVendors: 500,
  showsRadii: true,
  markerSize: 1,
  vendorFilter: EVERY_VENDOR,
  vendorsInside: [],
  paint: { how: 'tint', tint: 'blue' },
  dotStep: 1,
  chosen: new Map(),
  names: new Map(),
  figures: new Map(),
};

test('hidden overlays have no layers, and the order of layers is independent of the order of choice', () => {
  expect(overlayLayers({ ...state, shown: [] }, THEMES.day)).toEqual([]);
  const ids = (shown: (typeof OVERLAYS)[number][]): string[] =>
    overlayLayers({ ...state, shown }, THEMES.day).map(({ id }) => id);
  expect(ids(['vendors', 'coverage'])).toEqual(['coverage', 'vendor-radius', 'vendors', 'vendors-dot']);
  expect(ids(['coverage', 'vendors'])).toEqual(['coverage', 'vendor-radius', 'vendors', 'vendors-dot']);
});

test('a coverage cell has the colour of its ratio class, and zero has its own', () => {
  const [layer] = overlayLayers({ ...state, shown: ['coverage'] }, THEMES.day);
  const colour = (properties: Record<string, number>): unknown =>
    evaluate((layer as { paint: { 'fill-color': ExpressionSpecification } }).paint['fill-color'], properties, 12);
  const classes = [0, 0.1, ...RATIO_LIMITS].map((ratio) => String(colour({ r2: ratio, total: 9 })));
  expect(new Set(classes).size).toBe(classes.length);
  expect(String(colour({ r2: 0.1999, total: 9 }))).toBe(String(colour({ r2: 0.1, total: 9 })));
});

test('a cell without a target is neutral, whatever its number of vendors', () => {
  for (const theme of ['day', 'night'] as const) {
    const [layer] = overlayLayers({ ...state, theme, shown: ['coverage'] }, THEMES[theme]);
    const { paint } = layer as { paint: { 'fill-color': ExpressionSpecification } };
    const colours = [{ total: 0 }, { total: 3 }, { total: 300, l2: 40, r1: 2, t1: 3 }].map((properties) =>
      String(evaluate(paint['fill-color'], properties, 12)),
    );
    const { noTarget, zeroTarget } = NEUTRAL_COLOURS[theme];
    expect(new Set(colours)).toEqual(new Set([noTarget]));
    expect([...ratioClasses(), ...totalClasses()].map((row) => row.colour)).not.toContain(noTarget);
    expect(noTarget).not.toBe(zeroTarget);
    // The ground is fainter than the neutral class of areas, and both are fainter than no vendor at all.
    const [ground, neutral, none] = [noTarget, zeroTarget, ratioClasses()[0]?.colour ?? ''].map((colour) =>
      contrast(colour, THEMES[theme].land),
    ) as [number, number, number];
    expect(ground).toBeLessThan(neutral);
    if (theme === 'day') expect(neutral).toBeLessThan(none);
  }
});

test('several lines are coloured by the sum of their vendors, and zero outside every area is neutral', () => {
  const coverage = { ...state.coverage, line: null, lines: [0, 2] };
  const [layer] = overlayLayers({ ...state, coverage, shown: ['coverage'] }, THEMES.day);
  const { paint } = layer as { paint: { 'fill-color': ExpressionSpecification } };
  const colour = (properties: Record<string, number>): string => String(evaluate(paint['fill-color'], properties, 12));
  for (const { colour: drawn, from } of totalClasses().slice(1)) {
    expect(colour({ total: 999, l0: from - 1, l1: 500, l2: 1, area: 7 }), `${from} vendors`).toBe(drawn);
    expect(countOf({ total: 999, l0: from - 1, l1: 500, l2: 1 }, [0, 2])).toBe(from);
  }
  expect(colour({ total: 50, l1: 50, area: 7 })).toBe(totalClasses()[0]?.colour);
  expect(colour({ total: 50, l1: 50 })).toBe(NEUTRAL_COLOURS.day.noTarget);
});

test('a cell whose target is 0 has a colour of its own, whatever its number of vendors', () => {
  const [layer] = overlayLayers({ ...state, shown: ['coverage'] }, THEMES.day);
  const colour = (properties: Record<string, number>): string =>
    String(
      evaluate((layer as { paint: { 'fill-color': ExpressionSpecification } }).paint['fill-color'], properties, 12),
    );
  // Published tiles have the ratio 2 there.
  expect(colour({ t2: 0, r2: 2, l2: 7, total: 9 })).toBe(NEUTRAL_COLOURS.day.zeroTarget);
  expect(colour({ t2: 0, r2: 2, total: 0 })).toBe(NEUTRAL_COLOURS.day.zeroTarget);
  expect([...ratioClasses(), ...totalClasses()].map((row) => row.colour)).not.toContain(NEUTRAL_COLOURS.day.zeroTarget);
  expect(colour({ t2: 4, r2: 2, l2: 8, total: 9 })).toBe(ratioClasses().at(-1)?.colour);
  expect([isZeroTarget({ t2: 0, r2: 2 }, 2), isZeroTarget({ t2: 4, r2: 0 }, 2), isZeroTarget({}, 2)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('circles can be switched off, and fewer circles are drawn from lower zooms', () => {
  const radii = (more: object): LayerSpecification[] =>
    overlayLayers({ ...state, ...more, shown: ['vendors'] }, THEMES.day).filter(({ id }) => id === 'vendor-radius');
  expect(radii({ showsRadii: false })).toEqual([]);
  expect([500, 200, 1].map((shownVendors) => radii({ shownVendors })[0]?.minzoom)).toEqual([12, 9, 9]);
  const [layer] = radii({}) as { paint: { 'line-color': ExpressionSpecification } }[];
  const colours = VENDOR_CATEGORIES.map((_, category) =>
    evaluate(layer?.paint['line-color'] ?? ['literal', ''], { category }, 12),
  );
  expect(colours.map(String)).toEqual(VENDOR_CATEGORIES.map((category) => VENDOR_COLOURS.day[category]));
});

test('coverage cells are squares unless they are blurred or resized, then circles of the chosen size', () => {
  const layer = (appearance: object): LayerSpecification | undefined =>
    overlayLayers(
      {
        ...state,
        coverage: { ...state.coverage, appearance: { ...PLAIN_COVERAGE, ...appearance } },
        shown: ['coverage'],
      },
      THEMES.day,
    )[0];
  expect(layer({ opacity: 0.4 })).toMatchObject({ type: 'fill', paint: { 'fill-opacity': 0.4 } });
  const points = layer({ size: 0.5, blur: 0.3 });
  expect(points).toMatchObject({ type: 'circle', paint: { 'circle-blur': 0.3, 'circle-opacity': 0.9 } });
  const { paint } = points as { paint: { 'circle-radius': ExpressionSpecification } };
  // A cell is 8 px wide at the zoom of its tile, twice that just below the next, and keeps growing above the last.
  for (const [zoom, radius] of [
    [9, 2],
    [9.5, 2 * Math.SQRT2],
    [10, 2],
    [13, 4],
    [14, 8],
  ] as const) {
    expect(Number(evaluate(paint['circle-radius'], {}, zoom)), `zoom ${zoom}`).toBeCloseTo(radius, 1);
  }
});

test('the coverage legend has the colours of the map', () => {
  const [ratios] = overlayLayers({ ...state, shown: ['coverage'] }, THEMES.day);
  const [totals] = overlayLayers(
    { ...state, coverage: { ...state.coverage, line: null, lines: [] }, shown: ['coverage'] },
    THEMES.day,
  );
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

test('a vendor has the colour and the shape of its platform, or those of both', () => {
  const layers = overlayLayers({ ...state, shown: ['vendors'] }, THEMES.day);
  type Points = { filter?: ExpressionSpecification; paint: Record<string, ExpressionSpecification> };
  const [, points, dots] = layers as unknown as Points[];
  const drawn = (attributes: Record<string, string | number>): unknown[] => [
    ...['circle-color', 'circle-stroke-color'].map((name) =>
      String(evaluate(points?.paint[name] ?? ['literal', ''], attributes, 12)),
    ),
    evaluate(dots?.filter ?? ['literal', ''], attributes, 12),
  ];
  const { tapsifood, snappfood, dual } = VENDOR_COLOURS.day;
  const halo = THEMES.day.labelHalo;
  expect(drawn({ platform: 'tapsifood', is_dual: 0 }), 'a disc').toEqual([tapsifood, halo, false]);
  expect(drawn({ platform: 'snappfood' }), 'a ring').toEqual([halo, snappfood, false]);
  expect(drawn({ platform: 'snappfood', is_dual: 1 }), 'a ring with a dot').toEqual([halo, dual, true]);
  expect(dots?.paint['circle-color']).toBe(dual);
});

test('filtered vendors are drawn unclustered at every zoom if their source exists', () => {
  const drawn = (more: Partial<OverlayState>): [id: string, from: number, to: number][] =>
    overlayLayers({ ...state, showsRadii: false, shown: ['vendors'], ...more }, THEMES.day).map(
      ({ id, minzoom = 0, maxzoom = 24 }) => [id, minzoom, maxzoom],
    );
  expect(drawn({})).toEqual([
    ['vendors', 0, 24],
    ['vendors-dot', 0, 24],
  ]);
  expect(drawn({ vendorFilter: DEFAULT_VENDORS })).toEqual([
    [FAR_VENDORS, 0, SINGLE_MINZOOM],
    [`${FAR_VENDORS}-dot`, 0, SINGLE_MINZOOM],
    ['vendors', SINGLE_MINZOOM, 24],
    ['vendors-dot', SINGLE_MINZOOM, 24],
  ]);
  expect(drawn({ vendorFilter: DEFAULT_VENDORS, hasFarVendors: false })).toEqual([
    ['vendors', SINGLE_MINZOOM, 24],
    ['vendors-dot', SINGLE_MINZOOM, 24],
  ]);
});

test('only the chosen kinds of areas are drawn and named', () => {
  const regions: OverlayState = { ...state, areaKinds: ['region'], shown: ['areas'] };
  const layers = [...overlayLayers(regions, THEMES.day), ...overlayNameLayers(regions, THEMES.day)];
  expect(layers.map(({ id }) => id)).toEqual(['areas-fill', 'areas-line-region', 'area-names-region']);
});

const classes = {
  classes: [
    { colour: '#111111', from: 0, to: 0, ids: [1] },
    { colour: '#222222', from: 5, to: null, ids: [2, 3] },
  ],
  unknown: [4],
};
const areas = (part: Partial<OverlayState>): LayerSpecification[] => {
  const shown: OverlayState = { ...state, shown: ['areas'], ...part };
  return [...overlayLayers(shown, THEMES.day), ...overlayNameLayers(shown, THEMES.day)];
};
const drawnAs = (layers: LayerSpecification[], id: string, name: string, attributes: CellAttributes): unknown => {
  const layer = layers.find((one) => one.id === id);
  const { [name]: value } = { ...layer?.paint, ...layer?.layout } as Record<string, unknown>;
  return Array.isArray(value) ? evaluate(value as ExpressionSpecification, attributes) : value;
};

test('an area has the colour of its class, or none if its value is unknown or its kind is not counted', () => {
  const layers = areas({ paint: { how: 'classes', kind: 'region', isOutlined: false, classes } });
  const fill = (id: number, kind: string): [unknown, unknown] => [
    String(drawnAs(layers, 'areas-fill', 'fill-color', { id, kind })),
    drawnAs(layers, 'areas-fill', 'fill-opacity', { id, kind }),
  ];
  expect(fill(1, 'region')).toEqual(['#111111', 1]);
  expect(fill(3, 'region')).toEqual(['#222222', 1]);
  expect(fill(4, 'region')[0]).toBe('#00000000');
  expect(fill(3, 'marketing')[1]).toBe(0);
});

test('a name is readable on every fill of its area, in both themes', () => {
  for (const theme of ['day', 'night'] as const) {
    for (const ramp of Object.values(THEMES[theme].ramps)) {
      const filled = ramp.map((colour, i) => ({ colour, from: i + 1, to: i + 2, ids: [i] }));
      const paint = {
        how: 'classes',
        kind: 'region',
        isOutlined: false,
        classes: { classes: filled, unknown: [] },
      } as const;
      const layers = areas({ theme, paint });
      for (const [id, colour] of ramp.entries()) {
        const ink = String(drawnAs(layers, 'area-names-region', 'text-color', { id }));
        expect(contrast(ink, colour), `${theme} ${ink} on ${colour}`).toBeGreaterThan(4);
      }
    }
  }
});

test('a single colour fills the finest kind, and no fill fills none', () => {
  const tinted = areas({ paint: { how: 'tint', tint: 'rose' }, areaKinds: ['region', 'marketing'] });
  const opacity = (layers: LayerSpecification[], kind: string): unknown =>
    drawnAs(layers, 'areas-fill', 'fill-opacity', { id: 1, kind });
  expect(opacity(tinted, 'marketing')).toBeGreaterThan(0);
  expect(opacity(tinted, 'region')).toBe(0);
  expect(opacity(areas({ paint: { how: 'none' } }), 'marketing')).toBe(0);
});

test('areas of the same kind as the chosen ones are faint and have no name', () => {
  const layers = areas({
    paint: { how: 'classes', kind: 'region', isOutlined: false, classes },
    chosen: new Map([['region', [2]]]),
  });
  const opacity = (id: string, name: string, area: number): unknown =>
    drawnAs(layers, id, name, { id: area, kind: 'region' });
  expect(opacity('areas-fill', 'fill-opacity', 2)).toBe(1);
  expect(opacity('areas-fill', 'fill-opacity', 3)).toBe(0.25);
  expect(opacity('areas-line-region', 'line-opacity', 2)).toBe(1);
  expect(opacity('areas-line-region', 'line-opacity', 3)).toBeLessThan(0.5);
  expect(drawnAs(layers, 'areas-line-marketing', 'line-opacity', {})).toBe(1);
  const names = layers.find(({ id }) => id === 'area-names-region') as { filter: ExpressionSpecification };
  expect(evaluate(names.filter, { id: 2, kind: 'region' })).toBe(true);
  expect(evaluate(names.filter, { id: 3, kind: 'region' })).toBe(false);
});

test('the value of an area is written below its name', () => {
  const layers = areas({ figures: new Map([[2, '۱۲٫۵']]) });
  const text = (id: number): string => String(drawnAs(layers, 'area-names-region', 'text-field', { id, name: 'ونک' }));
  expect(text(2)).toBe('ونک\n۱۲٫۵');
  expect(text(3)).toBe('ونک');
});

test('the dot step thins population dots equally at every zoom', () => {
  const isDrawn = (dotStep: OverlayState['dotStep'], rank: number, zoom: number): unknown => {
    const [layer] = overlayLayers({ ...state, shown: ['population'], dotStep }, THEMES.day);
    const { filter } = layer as { filter?: ExpressionSpecification };
    return !filter || evaluate(filter, { rank }, zoom);
  };
  for (const zoom of [8, 11, 14]) {
    // The number of ranks in a tile of the zoom (docs/formats.md).
    const ranks = 65_536 >> (14 - zoom);
    for (const dotStep of [1, 2, 4, 8] as const) {
      expect(isDrawn(dotStep, ranks / dotStep - 1, zoom), `1 in ${dotStep} at zoom ${zoom}`).toBe(true);
      expect(isDrawn(dotStep, ranks / dotStep, zoom), `1 in ${dotStep} at zoom ${zoom}`).toBe(dotStep === 1);
    }
  }
});

test('a dot on class colours has a halo with enough contrast, and elsewhere none', () => {
  const dots = (more: Partial<OverlayState>): Record<string, unknown> => {
    const theme = more.theme ?? 'day';
    const layers = overlayLayers({ ...state, shown: ['population'], ...more }, THEMES[theme]);
    return (layers.find(({ id }) => id === 'population')?.paint ?? {}) as Record<string, unknown>;
  };
  const paint = { how: 'classes', kind: 'region', isOutlined: false, classes } as const;
  for (const theme of ['day', 'night'] as const) {
    expect(dots({ theme })['circle-stroke-color']).toBeUndefined();
    expect(dots({ theme, shown: ['areas', 'population'] })['circle-stroke-color']).toBeUndefined();
    const { 'circle-color': dot, 'circle-stroke-color': halo } = dots({ theme, shown: ['areas', 'population'], paint });
    for (const colour of Object.values(THEMES[theme].ramps).flat()) {
      const seen = Math.max(contrast(String(dot), colour), contrast(String(halo), colour));
      expect(seen, `${theme} ${colour}`).toBeGreaterThan(3);
    }
  }
  expect(dots({ shown: ['coverage', 'population'] })['circle-stroke-color']).toBe(THEMES.day.labelHalo);
});

test('areas below coverage are outlined in the colours of their classes', () => {
  const classes = { classes: [{ colour: '#112233', from: 1, to: null, ids: [7] }], unknown: [] };
  const paint = { how: 'classes', kind: 'region', classes, isOutlined: true } as const;
  const layers = overlayLayers({ ...state, areaKinds: ['region'], paint, shown: ['areas', 'coverage'] }, THEMES.day);
  const fill = layers.find(({ id }) => id === 'areas-fill') as { paint: { 'fill-opacity': unknown } };
  expect(fill.paint['fill-opacity']).toBe(0);
  const line = layers.find(({ id }) => id === 'areas-line-region') as {
    paint: { 'line-color': ExpressionSpecification };
  };
  expect(String(evaluate(line.paint['line-color'], { id: 7 }, 12))).toBe('#112233');
});

test('coverage is limited to the chosen classes, as the legend counts them', () => {
  const cells = [
    { r2: 0, t2: 4 },
    { r2: 0.1, l2: 1, t2: 10 },
    { r2: 0.5, l2: 2, t2: 4 },
    { r2: 1.3, l2: 9, t2: 7 },
    { r2: 2, l2: 3, t2: 0 },
    { l2: 3 },
  ].map((cell) => ({ total: 'l2' in cell ? Number(cell.l2) : 0, ...cell }));
  for (const line of [2, null]) {
    const rows = line === null ? totalClasses() : ratioClasses();
    for (let index = 0; index < rows.length; index += 1) {
      const coverage = { ...state.coverage, line, shownClasses: [index] };
      const [layer] = overlayLayers({ ...state, coverage, shown: ['coverage'] }, THEMES.day);
      const { filter } = layer as { filter?: ExpressionSpecification };
      for (const cell of cells) {
        const isShown = evaluate(filter ?? ['literal', 'no filter'], cell, 12);
        const place = coverageClassOf(cell, line, coverage.lines);
        expect(isShown, `${JSON.stringify(cell)} in class ${index} of ${line}`).toBe(place === index);
        const row = place === null ? null : rows[place];
        const value = line === null ? Number('l2' in cell ? cell.l2 : 0) : Number('r2' in cell ? cell.r2 : Number.NaN);
        if (row)
          expect(value >= row.from && (row.to === 0 ? value === 0 : row.to === null || value < row.to)).toBe(true);
      }
    }
  }
});
