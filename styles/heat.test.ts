import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';
import { classesFor, zoomClasses } from './classes';
import { evaluate } from './evaluate.testing';
import { AUTOMATIC_HEAT, classicX, type HeatState, heatPaint, heatStops, heatWeight } from './heat';
import { fitHeat, nominalFit } from './heatFit';
import { KINDS } from './measure';
import { quantiles } from './quantiles.testing';
import { CELL_PX, CELLS_PER_TILE, THEMES } from './tokens';

function stateOf(rest: Partial<HeatState> = {}): HeatState {
  const measure = rest.measure ?? { kind: 'orders', lines: [] };
  return { measure, classes: zoomClasses(quantiles, measure), heat: AUTOMATIC_HEAT, heatFits: [], ...rest };
}

function drawn(state: HeatState, name: string, zoom: number, attributes = {}): number {
  const paint = heatPaint(state, THEMES.day.ramps.orders) as Record<string, ExpressionSpecification>;
  return Number(evaluate(paint[name] as ExpressionSpecification, attributes, zoom));
}

test('a heat weight grows with the count, is clipped at the top, and equals the style expression', () => {
  for (const weight of ['percentile', 'classic'] as const) {
    for (const kind of KINDS) {
      const state = stateOf({ measure: { kind, lines: [] }, heat: { ...AUTOMATIC_HEAT, weight } });
      const classes = classesFor(state.classes, 11);
      if (!classes) throw new Error('no classes');
      const counts = [1, 10, 50, 100, 400, 900, 9000];
      const name = kind === 'nonorganic' ? 'orders' : kind;
      const weights = counts.map((n) => drawn(state, 'heatmap-weight', 11, { [name]: n }));
      expect(weights, weight).toEqual(weights.toSorted((a, b) => a - b));
      expect(weights.at(-1), weight).toBe(1);
      expect(weights[0], weight).toBeGreaterThanOrEqual(0);
      counts.forEach((n, i) => {
        expect(heatWeight(n, weight, state.measure, classes), `${weight} ${kind} ${n}`).toBeCloseTo(
          weights[i] ?? -1,
          9,
        );
      });
    }
  }
});

test('the classic weight is the formula of the former dashboard', () => {
  const orders = { kind: 'orders', lines: [] } as const;
  expect(classicX(100, orders)).toBeCloseTo(Math.log(1 + 100 * (1 + 0.1 * Math.log(101))), 12);
  expect(classicX(100, { kind: 'users', lines: [] })).toBeCloseTo(Math.log(1 + 10 * Math.log(101)), 12);
});

/** The surface at a cell, computed independently, kernel by kernel. */
function heightAt(weights: Float64Array, column: number, row: number, radiusPx: number, spacingPx: number): number {
  return weights.reduce((sum, weight, i) => {
    const [dx, dy] = [(i % CELLS_PER_TILE) - column, Math.floor(i / CELLS_PER_TILE) - row];
    return sum + weight * 0.39894228 * Math.exp(-0.5 * ((3 * spacingPx) / radiusPx) ** 2 * (dx * dx + dy * dy));
  }, 0);
}

function scattered(share: number): Float64Array {
  let seed = 7;
  const random = (): number => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  return Float64Array.from({ length: CELLS_PER_TILE ** 2 }, () => (random() < share ? random() : 0));
}

test('the busiest location is found and measured in full and in nearly empty tiles', () => {
  for (const [share, radius] of [
    [1, 1],
    [0.3, 3],
    [0.02, 0.25],
    [0.0005, 1],
  ] as const) {
    const weights = scattered(share);
    const fit = fitHeat(12, weights, radius);
    if (!fit) throw new Error('no fit');
    const [column, row] = fit.at;
    const [start, end] = fit.peaks;
    expect(heightAt(weights, column, row, fit.radiusPx, CELL_PX) / start, `${share}`).toBeCloseTo(1, 4);
    for (let i = 0; i < weights.length; i += 37) {
      const height = heightAt(weights, i % CELLS_PER_TILE, Math.floor(i / CELLS_PER_TILE), fit.radiusPx, CELL_PX);
      expect(height).toBeLessThanOrEqual(start * 1.0001);
    }
    expect(end).toBeLessThanOrEqual(start);
  }
});

test('an empty tile has no busiest location', () => {
  expect(fitHeat(12, new Float64Array(CELLS_PER_TILE ** 2), 1)).toBeNull();
});

test('kernels are wider in emptier surroundings, within limits', () => {
  const radii = [1, 0.3, 0.02, 0.0005].map((share) => fitHeat(12, scattered(share), 1)?.radiusPx ?? 0);
  expect(radii).toEqual(radii.toSorted((a, b) => a - b));
  expect(radii[0]).toBe(22);
  expect(radii.at(-1)).toBeCloseTo(22 * 1.75, 9);
});

test('at every zoom the busiest location just reaches the last colour, and a lower maximum lets others reach it', () => {
  const fit = fitHeat(12, scattered(0.3), 1);
  if (!fit) throw new Error('no fit');
  const state = stateOf({ heatFits: [fit] });
  expect(drawn(state, 'heatmap-intensity', 12) * fit.peaks[0]).toBeCloseTo(1, 9);
  expect(drawn(state, 'heatmap-intensity', 12.998) * fit.peaks[1]).toBeCloseTo(1, 1);
  expect(drawn(state, 'heatmap-radius', 12)).toBeCloseTo(fit.radiusPx, 9);
  const half = stateOf({ heatFits: [fit], heat: { ...AUTOMATIC_HEAT, maximum: 0.5 } });
  expect(drawn(half, 'heatmap-intensity', 12) * fit.peaks[0]).toBeCloseTo(2, 9);
});

test('an unmeasured surface has constant strength over zooms and grows with the cells above the highest', () => {
  const state = stateOf();
  const at = (zoom: number): number => drawn(state, 'heatmap-intensity', zoom);
  expect(at(12)).toBeCloseTo(at(11), 6);
  expect(at(11.5) / at(11)).toBeCloseTo(2, 2);
  expect(at(16)).toBeCloseTo(at(14), 6);
  expect(drawn(state, 'heatmap-radius', 15) / nominalFit(14, 1).radiusPx).toBeCloseTo(2, 6);
});

test('the surface is transparent at 0, has the last colour at 1, and blur widens its fade', () => {
  const ramp = THEMES.day.ramps.orders;
  const fades = [0, 0.25, 1].map((blur) => {
    const stops = heatStops(ramp, blur);
    expect(stops[0]).toMatchObject({ at: 0, alpha: 0 });
    expect(stops.at(-1)).toEqual({ at: 1, colour: ramp.at(-1), alpha: 1 });
    expect(stops.map(({ at }) => at)).toEqual(stops.map(({ at }) => at).toSorted((a, b) => a - b));
    return (stops.find(({ alpha }) => alpha === 1)?.at ?? 0) - (stops.findLast(({ alpha }) => alpha === 0)?.at ?? 0);
  });
  expect(fades.map((fade) => Number(fade.toFixed(3)))).toEqual([0.01, 0.16, 0.61]);
});
