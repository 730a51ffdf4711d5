import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';
import { classesFor, classOf, legendRows, zoomClasses } from './classes';
import { type DensitySource, type DensityState, densityLayers } from './density';
import { evaluate } from './evaluate.testing';
import { AUTOMATIC_HEAT } from './heat';
import { KINDS, type Measure } from './measure';
import { quantiles } from './quantiles.testing';
import { THEMES, type Theme } from './tokens';

const source: DensitySource = { points: 'density', squares: 'density-squares', withheld: null };

function stateOf(measure: Measure, rest: Partial<DensityState> = {}): DensityState {
  return {
    view: 'cells',
    measure,
    classes: zoomClasses(quantiles, measure),
    heat: AUTOMATIC_HEAT,
    heatFits: [],
    basemap: 'plain',
    isOutlined: false,
    shownClasses: [],
    lineCount: 0,
    ...rest,
  };
}

function paintOf(state: DensityState, theme: Theme, property: string, from = source): ExpressionSpecification {
  const [layer] = densityLayers(from, state, THEMES[theme]);
  const paint = (layer?.paint ?? {}) as Record<string, ExpressionSpecification>;
  const found = paint[property];
  if (!found) throw new Error(`${layer?.id} has no ${property}`);
  return found;
}

test('the legend has the colour of the drawn cell', () => {
  for (const theme of ['day', 'night'] as const) {
    for (const kind of KINDS) {
      const state = stateOf({ kind, lines: [] });
      for (const zoom of [5, 9, 11, 14, 16]) {
        const classes = classesFor(state.classes, zoom);
        if (!classes) throw new Error('no classes');
        const rows = legendRows(classes, THEMES[theme].ramps[kind]).reverse();
        for (const value of [1, ...classes.limits, ...classes.limits.map((limit) => limit - 1), 5000].filter(
          (n) => n > 0,
        )) {
          const attributes = { orders: value, users: value, ...(kind === 'organic' ? { organic: value } : {}) };
          const drawn = evaluate(paintOf(state, theme, 'fill-color'), attributes, zoom);
          expect(drawn, `${theme} ${kind} zoom ${zoom} value ${value}`).toBe(rows[classOf(classes, value)]?.colour);
        }
      }
    }
  }
});

test('where only points are available, cells are circles as wide as the cell', () => {
  const state = stateOf({ kind: 'orders', lines: [] });
  const radius = paintOf(state, 'day', 'circle-radius', { points: 'density', squares: null, withheld: null });
  expect(Number(evaluate(radius, {}, 12))).toBeCloseTo(4, 6);
  expect(Number(evaluate(radius, {}, 12.5))).toBeCloseTo(4 * 2 ** 0.5, 2);
});

test('cells are limited to the chosen classes of their zoom', () => {
  for (const zoom of [5, 9, 14]) {
    const state = stateOf({ kind: 'orders', lines: [] }, { shownClasses: [0, 3] });
    const classes = classesFor(state.classes, zoom);
    if (!classes) throw new Error('no classes');
    const [layer] = densityLayers(source, state, THEMES.day);
    const { filter } = layer as { filter?: ExpressionSpecification };
    for (const limit of classes.limits) {
      for (const orders of [limit, limit - 1].filter((n) => n > 0)) {
        const wanted = state.shownClasses.includes(classOf(classes, orders));
        expect(evaluate(filter ?? ['literal', 'no filter'], { orders }, zoom), `${orders} at ${zoom}`).toBe(wanted);
      }
    }
  }
});

test('cells that withhold the chosen lines are drawn in the colour of no class', () => {
  const ids = (measure: Measure, rest: Partial<DensityState>): string[] =>
    densityLayers(source, stateOf(measure, rest), THEMES.day).map(({ id }) => id);
  const chosen: Measure = { kind: 'orders', lines: [0] };
  expect(ids(chosen, { lineCount: 3 })).toEqual(['density-cells', 'density-untold']);
  expect(ids(chosen, { lineCount: 0 }), 'without a floor').toEqual(['density-cells']);
  expect(ids({ kind: 'orders', lines: [] }, { lineCount: 3 }), 'every line').toEqual(['density-cells']);
  expect(ids(chosen, { lineCount: 3, view: 'heat' })).toEqual(['density-heat']);
  expect(ids(chosen, { lineCount: 3, isOutlined: true })).toEqual(['density-cells']);
  for (const theme of ['day', 'night'] as const) {
    const [, layer] = densityLayers(source, stateOf(chosen, { lineCount: 3 }), THEMES[theme]);
    const { border, ramps } = THEMES[theme];
    expect(layer?.paint).toMatchObject({ 'fill-color': ['literal', border] });
    expect(Object.values(ramps).flat()).not.toContain(border);
  }
});
