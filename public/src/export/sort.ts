// Sorts vendors by one column. Vendors without a value come last in both directions.

import type { Vendor } from '../vendors/vendorTable';
import type { VendorColumn } from './columns';

export interface Sorting {
  column: string;
  isDescending: boolean;
}

/** `order` lists the values of a column, such as grades from the best. Without it values sort numerically or alphabetically. */
export function sortVendors(
  vendors: readonly Vendor[],
  { id, read }: VendorColumn,
  { isDescending }: Sorting,
  order: readonly string[] | undefined,
): Vendor[] {
  const rankOf = (vendor: Vendor): string | number | null => {
    const value = read(vendor);
    return order && value !== null ? order.indexOf(String(value)) : value;
  };
  const ranked = vendors.map((vendor) => ({ vendor, rank: rankOf(vendor) }));
  const sign = isDescending ? -1 : 1;
  const compare = id === 'code' ? CODES : NAMES;
  ranked.sort((a, b) => {
    if (a.rank === null || b.rank === null) return Number(a.rank === null) - Number(b.rank === null);
    if (typeof a.rank === 'number' && typeof b.rank === 'number') return sign * (a.rank - b.rank);
    return sign * compare.compare(String(a.rank), String(b.rank));
  });
  return ranked.map(({ vendor }) => vendor);
}

const NAMES = new Intl.Collator('fa', { numeric: true });
const CODES = new Intl.Collator('en');
