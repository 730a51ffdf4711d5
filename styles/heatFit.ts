// How high the heat surface is at its busiest place, so that this place has the last colour at every zoom.

import { CELL_PX, CELLS_PER_TILE, TOKENS } from './tokens';

/** What was measured of the tiles of one zoom. */
export interface HeatFit {
  zoom: number;
  /** Radius of a place's kernel. */
  radiusPx: number;
  /** Height of the surface at the busiest place at this zoom, and just before the next, when cells lie twice as far apart. */
  peaks: readonly [start: number, end: number];
  /** The busiest place, in cells from the tile's north-west corner. */
  at: readonly [column: number, row: number];
}

/** MapLibre's kernel: a normal curve whose deviation is a third of the radius, and its height in the middle. */
const DEVIATIONS = 3;
const HEIGHT = 0.398_942_28;
const END_SPACING_PX = 2 * CELL_PX;

/** Without measuring: as if a plain of the weightiest cells were the busiest place. */
export function nominalFit(zoom: number, radius: number): HeatFit {
  const radiusPx = TOKENS.heatRadiusPx * radius;
  const plain = (spacingPx: number): number =>
    (HEIGHT * 2 * Math.PI * (radiusPx / DEVIATIONS) ** 2) / (spacingPx * spacingPx);
  const half = CELLS_PER_TILE / 2;
  return { zoom, radiusPx, peaks: [plain(CELL_PX), plain(END_SPACING_PX)], at: [half, half] };
}

/** `weights` of a tile's cells, row by row; `radius` is the reader's factor. Without any weight there is no fit. */
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

/** Where few cells around the busiest place have anything, kernels are wider, so that they still meet. */
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

/** The highest point of the surface, at the middle of a cell. The kernel is a product, so rows and columns go apart. */
function peakOf(weights: Float64Array, radiusPx: number, spacingPx: number): { height: number; index: number } {
  const kernel = kernelOf(radiusPx, spacingPx);
  const rows = spread(weights, kernel, 1);
  const surface = spread(rows, kernel, CELLS_PER_TILE);
  let index = 0;
  for (let i = 1; i < surface.length; i += 1) if ((surface[i] ?? 0) > (surface[index] ?? 0)) index = i;
  return { height: HEIGHT * (surface[index] ?? 0), index };
}

/** Out to twice the radius, where less than a millionth of the height is left. */
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
