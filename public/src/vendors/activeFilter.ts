// Which parts of the filter of vendors mean something, and the filter without the others.

import {
  EVERY_VENDOR,
  FACETS,
  type Facet,
  FLAGS,
  type Flag,
  isOfType,
  isShown,
  type VendorAttributes,
  type VendorFilter,
  vendorKey,
} from '@styles/vendorFilter';
import { remembered } from '../lib/memoize';
import type { VendorTable } from './vendorTable';

export type FilterPart = Facet | Flag | 'availability';
const PARTS: readonly FilterPart[] = [...FACETS, ...FLAGS, 'availability'];

/**
 * A part means something where some vendor of the chosen type has a known value. That of Snappfood's vendors without
 * those on both platforms is that they are on one; asking again would find all or nobody.
 */
export function meaningfulParts(
  vendors: readonly VendorAttributes[],
  { type }: Pick<VendorFilter, 'type'>,
): ReadonlySet<FilterPart> {
  const ofType = vendors.filter((vendor) => isOfType(type, vendor));
  const isKnown = (part: FilterPart): boolean => ofType.some((vendor) => vendor[part] !== undefined);
  return new Set(PARTS.filter((part) => (part !== 'is_dual' || type !== 'snappfood-alone') && isKnown(part)));
}

/** What is not offered does not filter. */
export function activeFilter(filter: VendorFilter, parts: ReadonlySet<FilterPart>): VendorFilter {
  const kept = <T extends FilterPart, V>(values: Readonly<Partial<Record<T, V>>>): Partial<Record<T, V>> =>
    Object.fromEntries(Object.entries(values).filter(([part]) => parts.has(part as FilterPart))) as Partial<
      Record<T, V>
    >;
  return {
    ...filter,
    only: kept(filter.only),
    flags: kept(filter.flags),
    availability: parts.has('availability') ? filter.availability : EVERY_VENDOR.availability,
  };
}

/** The filter as it filters; before the table is there nothing is known of what means something. */
export const shownFilter = remembered(
  (filter: VendorFilter, table: VendorTable | null): VendorFilter =>
    table ? activeFilter(filter, meaningfulParts(table.vendors, filter)) : filter,
);

/** Keys of the vendors that lie in the chosen areas; see `vendorFilterExpression`. */
export function keysInside(vendors: readonly VendorAttributes[], { areas }: Pick<VendorFilter, 'areas'>): string[] {
  if (areas.length === 0) return [];
  return vendors.filter((vendor) => isShown({ ...EVERY_VENDOR, areas }, vendor)).map(vendorKey);
}
