// The ids of the chosen areas, of any kind, as written in the URL.

/** Ids are below 2^52, so in base 36 they have at most eleven digits. */
const RADIX = 36;

/** Short, and independent of the order of choice. */
export function formatAreaIds(ids: readonly number[]): string {
  return ids
    .toSorted((a, b) => a - b)
    .map((id) => id.toString(RADIX))
    .join('.');
}

/** Invalid ids are ignored. */
export function parseAreaIds(text: string): number[] {
  const ids = text.split('.').flatMap((word) => (/^[0-9a-z]{1,11}$/.test(word) ? [Number.parseInt(word, RADIX)] : []));
  return [...new Set(ids)].filter(Number.isSafeInteger).toSorted((a, b) => a - b);
}
