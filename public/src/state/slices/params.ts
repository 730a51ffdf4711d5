// Parses words and numbers of a URL. Invalid values count as absent.

export function oneOf<T extends string>(value: string | null, options: readonly T[]): T | null {
  return options.find((option) => option === value) ?? null;
}

/** The options that occur in `values`, in the order of `options`. */
export function someOf<T extends string>(values: readonly string[], options: readonly T[]): T[] {
  return options.filter((option) => values.includes(option));
}

export function numberIn(text: string | null, { min, max }: { min: number; max: number }): number | null {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return value >= min && value <= max ? value : null;
}

/** Distinct values without empty ones. */
export function named(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== '');
}

/** Leaves out defaults, to keep the URL short. */
export function put(params: URLSearchParams, name: string, value: string | null, fallback?: string | null): void {
  if (value !== null && value !== fallback) params.append(name, value);
}
