// Numbers of vendors side by side, such as one for each grade.

import type { VendorAttributes } from '@styles/vendorFilter';

/** A number of vendors for each name; those without a vendor are left out. */
export type VendorCounts = readonly (readonly [name: string, vendors: number])[];

export function named(names: readonly string[], numbers: readonly number[]): VendorCounts {
  return names.map((name, i) => [name, numbers[i] ?? 0] as const).filter(([, vendors]) => vendors > 0);
}

/** How many of the vendors have each of the names. */
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
