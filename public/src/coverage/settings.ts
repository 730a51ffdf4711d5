// What coverage and circles of radius are computed of: which vendors, and how far they deliver.

import { DEFAULT_VENDORS, isSameFilter, type VendorFilter } from '@styles/vendorFilter';
import { isOwnRadius, type Radii } from '../vendors/radius';

export interface CoverageSettings {
  /** Of which vendors: the address of the table in view, so that a newer map is computed anew. */
  of: string;
  filter: VendorFilter;
  radii: Radii;
}

/** Cells as squares, or as points at their centres. */
export const CELL_SHAPES = ['squares', 'points'] as const;
export type CellShape = (typeof CELL_SHAPES)[number];

/** Whether the published tiles say the same: the usual vendors with their own radii. */
export function isPublished({ filter, radii }: Pick<CoverageSettings, 'filter' | 'radii'>): boolean {
  return isOwnRadius(radii) && isSameFilter(filter, DEFAULT_VENDORS);
}
