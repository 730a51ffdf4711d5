// I18n and numbers of an address, read with care: what makes no sense is as if it were not there.

export function oneOf<T extends string>(value: string | null, options: readonly T[]): T | null {
  return options.find((option) => option === value) ?? null;
}

/** Those of the options that are named, in the options' own order. */
export function someOf<T extends string>(values: readonly string[], options: readonly T[]): T[] {
  return options.filter((option) => values.includes(option));
}

export function numberIn(text: string | null, { min, max }: { min: number; max: number }): number | null {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return value >= min && value <= max ? value : null;
}

/** Each of the values once, and none that is empty. */
export function named(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== '');
}

/** Leaves out what is a default, so that a fresh address is short. */
export function put(params: URLSearchParams, name: string, value: string | null, fallback?: string | null): void {
  if (value !== null && value !== fallback) params.append(name, value);
}
