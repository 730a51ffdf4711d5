// Coverage: cells coloured by the ratio of vendors to target for one business line, else by the number of vendors.

import type { ExpressionSpecification, LayerSpecification } from '@maplibre/maplibre-gl-style-spec';
import { isInClass } from './classes';
import type { CellAttributes } from './measure';
import { CELL_PX, type Theme } from './tokens';

/** The limits of the ratio of covering vendors to target. */
export const RATIO_LIMITS = [0.2, 0.4, 0.6, 0.8, 1, 1.2] as const;
/** Warm below the target and blue from it on, so that both differ for every kind of colour vision (colourVision.test.ts). */
const RATIO_COLOURS = ['#9e2a2b', '#cf5340', '#ea8650', '#f7b96d', '#fce49a', '#6fb1d6', '#1f5f9e'] as const;
/** No vendor at all. */
const NO_VENDOR_COLOUR = '#5c0a1e';
/**
 * Cells without a ratio: their target is 0, or no target is set there. Neutral, because such a cell is neither good nor
 * bad. The fainter colour is also that of cells outside every area that no counted vendor reaches.
 */
export const NEUTRAL_COLOURS: Record<Theme, { zeroTarget: string; noTarget: string }> = {
  day: { zeroTarget: '#a3acb5', noTarget: '#dde2e6' },
  night: { zeroTarget: '#77828e', noTarget: '#2c343e' },
};
const TOTAL_LIMITS = [1, 5, 15, 40, 100, 200, 400] as const;
const TOTAL_COLOURS = ['#dbe7ee', '#a9c9db', '#6fa3c3', '#3b78a5', '#2a5f8e', '#1d4c78', '#0f2f52'] as const;

/** A class from `from` to below `to`. */
export interface CoverageClass {
  colour: string;
  from: number;
  to: number | null;
}

export interface CoverageAppearance {
  /** 0 to 1. */
  opacity: number;
  /** 0 to 1: the blur of a cell's circle. */
  blur: number;
  /** The diameter of a cell's circle, as a share of the cell. */
  size: number;
}

export const PLAIN_COVERAGE: CoverageAppearance = { opacity: 0.9, blur: 0, size: 1 };

export interface CoverageState {
  /** The index of the business line whose targets coverage is compared with; `null` colours by the number of vendors. */
  line: number | null;
  /** The indices of the business lines whose vendors are counted. An empty list counts all vendors. */
  lines: readonly number[];
  /** The classes that cells are limited to, counted from the lowest. An empty list means all. */
  shownClasses: readonly number[];
  appearance: CoverageAppearance;
  /** The highest zoom that has tiles. */
  maxzoom: number;
}

/** Cells are squares, which leave no gaps, unless they are blurred or have another size. */
export function isDrawnAsPoints({ blur, size }: CoverageAppearance): boolean {
  return blur !== PLAIN_COVERAGE.blur || size !== PLAIN_COVERAGE.size;
}

export function coverageLayer(state: CoverageState, theme: Theme): LayerSpecification {
  const { line, lines, appearance, maxzoom, shownClasses } = state;
  const filter = shownClasses.length > 0 ? { filter: isOfClasses(line, lines, shownClasses) } : {};
  const source = { id: 'coverage', source: 'coverage', 'source-layer': 'coverage', ...filter };
  const colour = line === null ? totalColour(lines, theme) : ratioColour(line, theme);
  if (!isDrawnAsPoints(appearance)) {
    const paint = { 'fill-color': colour, 'fill-antialias': false, 'fill-opacity': appearance.opacity };
    return { ...source, type: 'fill', paint };
  }
  return {
    ...source,
    type: 'circle',
    paint: {
      'circle-color': colour,
      'circle-opacity': appearance.opacity,
      'circle-blur': appearance.blur,
      'circle-radius': cellRadius(appearance.size, maxzoom),
    },
  };
}

/** The size of a cell doubles within a zoom, then the smaller cells of the next zoom start. Above `maxzoom` it keeps growing. */
function cellRadius(size: number, maxzoom: number): ExpressionSpecification {
  const radius = (CELL_PX / 2) * size;
  const stops: number[] = [];
  for (let zoom = 0; zoom < maxzoom; zoom += 1) stops.push(zoom, radius, zoom + 0.999, radius * 2 ** 0.999);
  for (let zoom = maxzoom; zoom <= MAX_ZOOM; zoom += 1) stops.push(zoom, radius * 2 ** (zoom - maxzoom));
  return ['interpolate', ['exponential', 2], ['zoom'], ...stops] as unknown as ExpressionSpecification;
}

const MAX_ZOOM = 22;

/** One measure at a time: a cell without a ratio is neutral. Published tiles have the ratio 2 where the target is 0. */
function ratioColour(line: number, theme: Theme): ExpressionSpecification {
  const ratio = ['get', `r${line}`];
  const steps = RATIO_LIMITS.flatMap((limit, i) => [limit, RATIO_COLOURS[i + 1]]);
  return [
    'case',
    ['!', ['has', `r${line}`]],
    NEUTRAL_COLOURS[theme].noTarget,
    ['==', ['get', `t${line}`], 0],
    NEUTRAL_COLOURS[theme].zeroTarget,
    ['<=', ratio, 0],
    NO_VENDOR_COLOUR,
    ['step', ratio, RATIO_COLOURS[0], ...steps],
  ] as unknown as ExpressionSpecification;
}

function totalColour(lines: readonly number[], theme: Theme): ExpressionSpecification {
  const steps = TOTAL_LIMITS.flatMap((limit, i) => [limit, TOTAL_COLOURS[i]]);
  const none =
    lines.length === 0
      ? NO_VENDOR_COLOUR
      : ['case', ['has', 'area'], NO_VENDOR_COLOUR, NEUTRAL_COLOURS[theme].noTarget];
  return ['step', countExpression(lines), none, ...steps] as unknown as ExpressionSpecification;
}

/** The first class means zero vendors. Cells without a ratio have no class. */
function isOfClasses(line: number | null, lines: readonly number[], shown: readonly number[]): ExpressionSpecification {
  const value: ExpressionSpecification = line === null ? countExpression(lines) : ['get', `r${line}`];
  const isZero = shown.includes(0) ? [['<=', value, 0]] : [];
  const limits = line === null ? TOTAL_LIMITS : [0, ...RATIO_LIMITS];
  const others = shown.filter((index) => index > 0).map((index) => index - 1);
  const isOther = others.length > 0 ? [['all', ['>', value, 0], isInClass(value, limits, others)]] : [];
  const isOne = ['any', ...isZero, ...isOther];
  const hasRatio =
    line === null
      ? []
      : [
          ['has', `r${line}`],
          ['!=', ['get', `t${line}`], 0],
        ];
  return ['all', ...hasRatio, isOne] as unknown as ExpressionSpecification;
}

/** The covering vendors of the lines; tiles leave out counts that are zero. */
function countExpression(lines: readonly number[]): ExpressionSpecification {
  if (lines.length === 0) return ['get', 'total'];
  return ['+', ...lines.map((line): ExpressionSpecification => ['coalesce', ['get', `l${line}`], 0])];
}

/** The covering vendors of the lines in a cell, as `countExpression` counts them. */
export function countOf(attributes: CellAttributes, lines: readonly number[]): number {
  if (lines.length === 0) return Number(attributes.total ?? 0);
  return lines.reduce((sum, line) => sum + Number(attributes[`l${line}`] ?? 0), 0);
}

/** Whether the target of a line is 0 in a cell. */
export function isZeroTarget(attributes: CellAttributes, line: number): boolean {
  return attributes[`t${line}`] === 0;
}

/** The place of a cell among the classes, the first of which means zero vendors; `null` where it has no ratio. */
export function coverageClassOf(
  attributes: CellAttributes,
  line: number | null,
  lines: readonly number[],
): number | null {
  const ratio = attributes[`r${line}`];
  if (line !== null && (typeof ratio !== 'number' || isZeroTarget(attributes, line))) return null;
  const value = line === null ? countOf(attributes, lines) : Number(ratio);
  if (value <= 0) return 0;
  const limits = line === null ? TOTAL_LIMITS : [0, ...RATIO_LIMITS];
  return limits.findLastIndex((limit) => value >= limit) + 1;
}

/** The classes of the ratio, lowest first. The first one means zero vendors. */
export function ratioClasses(): CoverageClass[] {
  return [{ colour: NO_VENDOR_COLOUR, from: 0, to: 0 }, ...classes([0, ...RATIO_LIMITS], RATIO_COLOURS)];
}

/** The classes of the number of covering vendors, lowest first. The first one means zero vendors. */
export function totalClasses(): CoverageClass[] {
  return [{ colour: NO_VENDOR_COLOUR, from: 0, to: 0 }, ...classes(TOTAL_LIMITS, TOTAL_COLOURS)];
}

function classes(limits: readonly number[], colours: readonly string[]): CoverageClass[] {
  return limits.map((from, i) => ({ colour: colours[i] ?? NO_VENDOR_COLOUR, from, to: limits[i + 1] ?? null }));
}
