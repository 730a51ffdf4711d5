// The input of computed coverage and radius circles: which vendors, and how far they deliver.

import { DEFAULT_VENDORS, isSameFilter, type VendorFilter } from '@styles/vendorFilter';
import { isOwnRadius, type Radii } from '../vendors/radius';

export interface CoverageSettings {
  /** The URL of the vendor table. It makes the tile URLs change with each newer map. */
  tableUrl: string;
  filter: VendorFilter;
  radii: Radii;
}

/** Cells as squares, or as points at their centres. */
export const CELL_SHAPES = ['squares', 'points'] as const;
export type CellShape = (typeof CELL_SHAPES)[number];

/** Whether the published tiles match the settings: the default vendors with their own radii. */
export function isPublished({ filter, radii }: Pick<CoverageSettings, 'filter' | 'radii'>): boolean {
  return isOwnRadius(radii) && isSameFilter(filter, DEFAULT_VENDORS);
}
