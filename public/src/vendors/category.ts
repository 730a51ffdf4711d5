// The platforms by colour as choices of the vendor filter: one platform alone, or both.

import type { VendorFilter } from '@styles/vendorFilter';
import type { VendorCategory } from '@styles/vendors';

type Choice = Pick<VendorFilter, 'type'> & { isDual: boolean | undefined };

const CHOICES: Record<VendorCategory, Choice> = {
  tapsifood: { type: 'tapsifood', isDual: false },
  snappfood: { type: 'snappfood', isDual: false },
  dual: { type: 'any', isDual: true },
};

export function isCategory({ type, flags }: VendorFilter, category: VendorCategory): boolean {
  const wanted = CHOICES[category];
  return type === wanted.type && flags.is_dual === wanted.isDual;
}

/** `null` shows every platform. */
export function withCategory(filter: VendorFilter, category: VendorCategory | null): VendorFilter {
  const { type, isDual }: Choice = category ? CHOICES[category] : { type: 'any', isDual: undefined };
  return { ...filter, type, flags: { ...filter.flags, is_dual: isDual } };
}
