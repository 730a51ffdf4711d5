// What a density counts: a kind, for all business lines or for some of them.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';

export const KINDS = ['orders', 'organic', 'nonorganic', 'users'] as const;
export type Kind = (typeof KINDS)[number];

/** `lines` are ascending line indices. An empty list means every line. */
export interface Measure {
  kind: Kind;
  lines: readonly number[];
}

/** The attributes of a cell. Zeros are left out of the tile. */
export type CellAttributes = Readonly<Record<string, unknown>>;

/** A number of which only bounds may be known. */
export interface ValueRange {
  min: number;
  max: number;
}

export function attribute(cell: CellAttributes, name: string): number {
  const value = cell[name];
  return typeof value === 'number' ? value : 0;
}

/** The attributes whose signed sum (for users, maximum) is the measure. */
function terms({ kind, lines }: Measure): [name: string, sign: 1 | -1][] {
  const all = lines.length === 0;
  switch (kind) {
    case 'orders':
      return all ? [['orders', 1]] : lines.map((i) => [`l${i}`, 1]);
    case 'organic':
      return all ? [['organic', 1]] : lines.map((i) => [`o${i}`, 1]);
    case 'nonorganic':
      return all
        ? [
            ['orders', 1],
            ['organic', -1],
            ['unknown', -1],
          ]
        : lines.flatMap(
            (i) =>
              [
                [`l${i}`, 1],
                [`o${i}`, -1],
                [`x${i}`, -1],
              ] as [string, 1 | -1][],
          );
    case 'users':
      return all ? [['users', 1]] : lines.map((i) => [`u${i}`, 1]);
  }
}

/**
 * Counts of orders add up over lines. Distinct users do not: one person may order from two lines,
 * so over several lines only the bounds max(line) … min(all, sum) are known.
 */
export function measureRange(cell: CellAttributes, measure: Measure): ValueRange {
  const values = terms(measure).map(([name, sign]) => sign * attribute(cell, name));
  const sum = values.reduce((total, value) => total + value, 0);
  if (!hasBounds(measure)) return { min: sum, max: sum };
  return { min: Math.max(...values), max: Math.min(attribute(cell, 'users'), sum) };
}

export function hasBounds({ kind, lines }: Measure): boolean {
  return kind === 'users' && lines.length > 1;
}

/** The value that colours a cell, as a style expression. Equals `measureRange(…).min`. */
export function measureExpression(measure: Measure): ExpressionSpecification {
  const get = (name: string): ExpressionSpecification => ['number', ['get', name], 0];
  const added: ExpressionSpecification[] = [];
  const taken: ExpressionSpecification[] = [];
  for (const [name, sign] of terms(measure)) (sign > 0 ? added : taken).push(get(name));
  if (hasBounds(measure)) return ['max', ...added] as ExpressionSpecification;
  const sum = added.length === 1 && added[0] ? added[0] : (['+', ...added] as ExpressionSpecification);
  if (taken.length === 0) return sum;
  return ['-', sum, ['+', ...taken]] as ExpressionSpecification;
}

/** The quantile keys of a measure: one, or one for each line. */
export function quantileKeys({ kind, lines }: Measure): string[] {
  if (lines.length === 0) return [kind];
  const letter = { orders: 'l', organic: 'o', nonorganic: 'n', users: 'u' }[kind];
  return lines.map((i) => `${letter}${i}`);
}

/** The orders of a shown cell that are of lines which it does not show. `lineCount` is the number of lines of the layer. */
export function ordersOfWithheldLines(cell: CellAttributes, lineCount: number): number {
  return Array.from({ length: lineCount }, (_, i) => attribute(cell, `l${i}`)).reduce(
    (rest, orders) => rest - orders,
    attribute(cell, 'orders'),
  );
}

/** Whether a shown cell may have orders of the chosen lines, and shows none of these lines: unknown is not zero. */
export function isLineWithheld(cell: CellAttributes, { lines }: Measure, lineCount: number): boolean {
  const showsNone = lines.length > 0 && lines.every((i) => attribute(cell, `l${i}`) === 0);
  return showsNone && ordersOfWithheldLines(cell, lineCount) > 0;
}

/** The same as a filter of a style. */
export function isLineWithheldExpression({ lines }: Measure, lineCount: number): ExpressionSpecification {
  const get = (name: string): ExpressionSpecification => ['number', ['get', name], 0];
  const sum = (of: readonly number[]): ExpressionSpecification =>
    ['+', ...of.map((i) => get(`l${i}`))] as ExpressionSpecification;
  const all = Array.from({ length: lineCount }, (_, i) => i);
  return ['all', lines.length > 0, ['==', sum(lines), 0], ['>', get('orders'), sum(all)]];
}
