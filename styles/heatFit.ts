// The height of the heat surface at its busiest location, so that it has the last colour at every zoom.

import { CELL_PX, CELLS_PER_TILE, TOKENS } from './tokens';

/** The measured surface at one zoom. */
export interface HeatFit {
  zoom: number;
  /** The radius of the kernel. */
  radiusPx: number;
  /** The peak of the surface at this zoom, and just below the next, where cells are twice as far apart. */
  peaks: readonly [start: number, end: number];
  /** The busiest location, in cells from the north-west corner of the tile. */
  at: readonly [column: number, row: number];
}

/** MapLibre's kernel: a normal distribution with a standard deviation of a third of the radius, and its peak. */
const DEVIATIONS = 3;
const HEIGHT = 0.398_942_28;
const END_SPACING_PX = 2 * CELL_PX;

/** The estimate without a measurement: a plane of cells with weight 1. */
export function nominalFit(zoom: number, radius: number): HeatFit {
  const radiusPx = TOKENS.heatRadiusPx * radius;
  const plain = (spacingPx: number): number =>
    (HEIGHT * 2 * Math.PI * (radiusPx / DEVIATIONS) ** 2) / (spacingPx * spacingPx);
  const half = CELLS_PER_TILE / 2;
  return { zoom, radiusPx, peaks: [plain(CELL_PX), plain(END_SPACING_PX)], at: [half, half] };
}

/** `weights` are those of a tile's cells, row by row; `radius` is the factor of the slider. `null` if all weights are zero. */
export function fitHeat(zoom: number, weights: Float64Array, radius: number): HeatFit | null {
  const first = peakOf(weights, TOKENS.heatRadiusPx, CELL_PX);
  if (first.height <= 0) return null;
  const radiusPx = TOKENS.heatRadiusPx * radius * widening(weights, first.index);
  const [start, end] = [peakOf(weights, radiusPx, CELL_PX), peakOf(weights, radiusPx, END_SPACING_PX)];
  const at = [start.index % CELLS_PER_TILE, Math.floor(start.index / CELLS_PER_TILE)] as const;
  return { zoom, radiusPx, peaks: [start.height, end.height], at };
}

const NEIGHBOURHOOD = 8;
const FULL_SHARE = 0.5;
const WIDEST = 1.75;

/** If few cells around the busiest location are filled, wider kernels make them merge. */
function widening(weights: Float64Array, index: number): number {
  const [column, row] = [index % CELLS_PER_TILE, Math.floor(index / CELLS_PER_TILE)];
  let [filled, all] = [0, 0];
  for (let y = Math.max(0, row - NEIGHBOURHOOD); y <= Math.min(CELLS_PER_TILE - 1, row + NEIGHBOURHOOD); y += 1) {
    for (
      let x = Math.max(0, column - NEIGHBOURHOOD);
      x <= Math.min(CELLS_PER_TILE - 1, column + NEIGHBOURHOOD);
      x += 1
    ) {
      all += 1;
      if ((weights[y * CELLS_PER_TILE + x] ?? 0) > 0) filled += 1;
    }
  }
  return Math.min(WIDEST, Math.max(1, ((FULL_SHARE * all) / filled) ** 0.25));
}

/** The peak of the surface over cell centres. The kernel is separable, so rows and columns are summed in turn. */
function peakOf(weights: Float64Array, radiusPx: number, spacingPx: number): { height: number; index: number } {
  const kernel = kernelOf(radiusPx, spacingPx);
  const rows = spread(weights, kernel, 1);
  const surface = spread(rows, kernel, CELLS_PER_TILE);
  let index = 0;
  for (let i = 1; i < surface.length; i += 1) if ((surface[i] ?? 0) > (surface[index] ?? 0)) index = i;
  return { height: HEIGHT * (surface[index] ?? 0), index };
}

/** Cut off at twice the radius, where the kernel is negligible. */
function kernelOf(radiusPx: number, spacingPx: number): number[] {
  const extent = Math.ceil((2 * radiusPx) / spacingPx);
  const deviation = radiusPx / DEVIATIONS;
  return Array.from({ length: extent + 1 }, (_, i) => Math.exp(-0.5 * ((i * spacingPx) / deviation) ** 2));
}

function spread(values: Float64Array, kernel: readonly number[], step: number): Float64Array {
  const spreadOut = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const place = Math.floor(i / step) % CELLS_PER_TILE;
    let sum = 0;
    for (let by = -Math.min(place, kernel.length - 1); by < kernel.length && place + by < CELLS_PER_TILE; by += 1) {
      sum += (values[i + by * step] ?? 0) * (kernel[Math.abs(by)] ?? 0);
    }
    spreadOut[i] = sum;
  }
  return spreadOut;
}
