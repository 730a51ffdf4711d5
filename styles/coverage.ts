// Coverage: cells coloured by vendors over target for one business line, else by vendors in all.

import type { ExpressionSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { CELL_PX } from './tokens';

/** Limits of covering vendors over target, and the colour from each limit on; below the first is 0. */
export const RATIO_LIMITS = [0.2, 0.4, 0.6, 0.8, 1, 1.2] as const;
const RATIO_COLOURS = ['#9e2a2b', '#c8553d', '#e08e45', '#f0c267', '#cfd57a', '#7fb069', '#2e7d5b'] as const;
/** No vendor at all. */
const BARE = '#5c0a1e';
const TOTAL_LIMITS = [1, 5, 15, 40, 100, 200, 400] as const;
const TOTAL_COLOURS = ['#dbe7ee', '#a9c9db', '#6fa3c3', '#3b78a5', '#2a5f8e', '#1d4c78', '#0f2f52'] as const;

/** A class from `from` up to, but without, `to`. */
export interface CoverageClass {
  colour: string;
  from: number;
  to: number | null;
}

export interface CoverageLook {
  /** 0 to 1. */
  opacity: number;
  /** 0 to 1: how much of a cell's point fades out. */
  blur: number;
  /** Of a cell's point, as a part of the cell. */
  size: number;
}

export const PLAIN_COVERAGE: CoverageLook = { opacity: 0.9, blur: 0, size: 1 };

export interface CoverageState {
  /** Index of the business line whose targets coverage is held against; none colours the total. */
  line: number | null;
  look: CoverageLook;
  /** Deepest zoom that has tiles. */
  maxzoom: number;
}

/** Squares leave no gap, so cells are points only where these are to be blurred or of another size. */
export function isDrawnAsPoints({ blur, size }: CoverageLook): boolean {
  return blur !== PLAIN_COVERAGE.blur || size !== PLAIN_COVERAGE.size;
}

export function coverageLayer({ line, look, maxzoom }: CoverageState): LayerSpecification {
  const source = { id: 'coverage', source: 'coverage', 'source-layer': 'coverage' };
  const colour = line === null ? totalColour() : ratioColour(line);
  if (!isDrawnAsPoints(look)) {
    const paint = { 'fill-color': colour, 'fill-antialias': false, 'fill-opacity': look.opacity };
    return { ...source, type: 'fill', paint };
  }
  return {
    ...source,
    type: 'circle',
    paint: {
      'circle-color': colour,
      'circle-opacity': look.opacity,
      'circle-blur': look.blur,
      'circle-radius': cellRadius(look.size, maxzoom),
    },
  };
}

/** A cell doubles from a zoom to the next, whose own cells then begin small; behind the last tiles it goes on growing. */
function cellRadius(size: number, maxzoom: number): ExpressionSpecification {
  const radius = (CELL_PX / 2) * size;
  const stops: number[] = [];
  for (let zoom = 0; zoom < maxzoom; zoom += 1) stops.push(zoom, radius, zoom + 0.999, radius * 2 ** 0.999);
  for (let zoom = maxzoom; zoom <= MAX_ZOOM; zoom += 1) stops.push(zoom, radius * 2 ** (zoom - maxzoom));
  return ['interpolate', ['exponential', 2], ['zoom'], ...stops] as unknown as ExpressionSpecification;
}

const MAX_ZOOM = 22;

/** Without a target the colour is that of the total: F31's rule. */
function ratioColour(line: number): ExpressionSpecification {
  const ratio = ['get', `r${line}`];
  const steps = RATIO_LIMITS.flatMap((limit, i) => [limit, RATIO_COLOURS[i + 1]]);
  return [
    'case',
    ['!', ['has', `r${line}`]],
    totalColour(),
    ['<=', ratio, 0],
    BARE,
    ['step', ratio, RATIO_COLOURS[0], ...steps],
  ] as unknown as ExpressionSpecification;
}

function totalColour(): ExpressionSpecification {
  const steps = TOTAL_LIMITS.flatMap((limit, i) => [limit, TOTAL_COLOURS[i]]);
  return ['step', ['get', 'total'], BARE, ...steps] as unknown as ExpressionSpecification;
}

/** The classes of ratio, least first; the first one is no vendor at all. */
export function ratioClasses(): CoverageClass[] {
  return [{ colour: BARE, from: 0, to: 0 }, ...classes([0, ...RATIO_LIMITS], RATIO_COLOURS)];
}

/** The classes of all covering vendors, least first; the first one is no vendor at all. */
export function totalClasses(): CoverageClass[] {
  return [{ colour: BARE, from: 0, to: 0 }, ...classes(TOTAL_LIMITS, TOTAL_COLOURS)];
}

function classes(limits: readonly number[], colours: readonly string[]): CoverageClass[] {
  return limits.map((from, i) => ({ colour: colours[i] ?? BARE, from, to: limits[i + 1] ?? null }));
}
