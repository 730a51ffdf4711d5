// The areas that the reader chose, of any kind, as the address writes them.

/** Ids are below 2^52: in 36 digits they are at most eleven letters long. */
const RADIX = 36;

/** Short, and the same however the areas were chosen. */
export function formatAreaIds(ids: readonly number[]): string {
  return ids
    .toSorted((a, b) => a - b)
    .map((id) => id.toString(RADIX))
    .join('.');
}

/** What is no id is left out. */
export function parseAreaIds(text: string): number[] {
  const ids = text.split('.').flatMap((word) => (/^[0-9a-z]{1,11}$/.test(word) ? [Number.parseInt(word, RADIX)] : []));
  return [...new Set(ids)].filter(Number.isSafeInteger).toSorted((a, b) => a - b);
}
