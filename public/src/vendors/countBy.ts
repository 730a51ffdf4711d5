// Counts vendors by the values of an attribute, such as grades.

import type { VendorAttributes } from '@styles/vendorFilter';

/** The number of vendors for each value; values without vendors are left out. */
export type VendorCounts = readonly (readonly [name: string, vendors: number])[];

export function named(names: readonly string[], numbers: readonly number[]): VendorCounts {
  return names.map((name, i) => [name, numbers[i] ?? 0] as const).filter(([, vendors]) => vendors > 0);
}

/** Counts the vendors by an attribute, in the order of `names`. */
export function countBy(
  vendors: readonly VendorAttributes[],
  attribute: string,
  names: readonly string[],
): VendorCounts {
  const counts = new Map<unknown, number>();
  for (const vendor of vendors) counts.set(vendor[attribute], (counts.get(vendor[attribute]) ?? 0) + 1);
  return named(
    names,
    names.map((name) => counts.get(name) ?? 0),
  );
}
