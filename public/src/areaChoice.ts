// The areas that the reader chose, of any kind: how the address writes them, and who is inside.

import type { VendorAttributes } from '@styles/vendorFilter';

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

/** Whether a vendor lies in one of the chosen areas; where none is chosen, everybody is inside. */
export function isInside(vendor: VendorAttributes, chosen: readonly number[]): boolean {
  if (chosen.length === 0) return true;
  const { areaIds } = vendor;
  return Array.isArray(areaIds) && areaIds.some((id) => chosen.includes(id));
}
