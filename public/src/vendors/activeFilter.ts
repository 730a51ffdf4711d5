// Which fields of the vendor filter are usable, and the filter without the others.

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
import { memoize } from '../lib/memoize';
import type { VendorTable } from './vendorTable';

export type FilterField = Facet | Flag | 'availability';
const FIELDS: readonly FilterField[] = [...FACETS, ...FLAGS, 'availability'];

/**
 * A field is usable if some vendor of the chosen type has a known value. `is_dual` is not usable for the type
 * `snappfood-alone`, which already excludes vendors on both platforms.
 */
export function usableFields(
  vendors: readonly VendorAttributes[],
  { type }: Pick<VendorFilter, 'type'>,
): ReadonlySet<FilterField> {
  const ofType = vendors.filter((vendor) => isOfType(type, vendor));
  const isKnown = (part: FilterField): boolean => ofType.some((vendor) => vendor[part] !== undefined);
  return new Set(FIELDS.filter((part) => (part !== 'is_dual' || type !== 'snappfood-alone') && isKnown(part)));
}

/** Removes fields that are not offered. */
export function activeFilter(filter: VendorFilter, fields: ReadonlySet<FilterField>): VendorFilter {
  const usable = <T extends FilterField, V>(values: Readonly<Partial<Record<T, V>>>): Partial<Record<T, V>> =>
    Object.fromEntries(Object.entries(values).filter(([part]) => fields.has(part as FilterField))) as Partial<
      Record<T, V>
    >;
  return {
    ...filter,
    only: usable(filter.only),
    flags: usable(filter.flags),
    availability: fields.has('availability') ? filter.availability : EVERY_VENDOR.availability,
  };
}

/** The effective filter. Until the table has loaded, every field counts as usable. */
export const shownFilter = memoize(
  (filter: VendorFilter, table: VendorTable | null): VendorFilter =>
    table ? activeFilter(filter, usableFields(table.vendors, filter)) : filter,
);

/** The keys of the vendors in the chosen areas; see `vendorFilterExpression`. */
export function keysInside(vendors: readonly VendorAttributes[], { areas }: Pick<VendorFilter, 'areas'>): string[] {
  if (areas.length === 0) return [];
  return vendors.filter((vendor) => isShown({ ...EVERY_VENDOR, areas }, vendor)).map(vendorKey);
}
