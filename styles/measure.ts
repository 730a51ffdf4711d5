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
