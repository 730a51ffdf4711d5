import { DEFAULT_VENDORS, isSameFilter, isShown } from '@styles/vendorFilter';
import { VENDOR_CATEGORIES, type VendorCategory } from '@styles/vendors';
import { isCategory, withCategory } from './category';

const VENDORS: Record<VendorCategory, object> = {
  tapsifood: { platform: 'tapsifood', is_dual: 0 },
  snappfood: { platform: 'snappfood', is_dual: 0 },
  dual: { platform: 'snappfood', is_dual: 1 },
};

test('each category shows its own vendors only, and every platform again without one', () => {
  for (const category of VENDOR_CATEGORIES) {
    const filter = withCategory(DEFAULT_VENDORS, category);
    const shown = VENDOR_CATEGORIES.filter((one) => isShown(filter, { ...VENDORS[one], status: '5', visible: 1 }));
    expect(shown).toEqual([category]);
    expect(VENDOR_CATEGORIES.filter((one) => isCategory(filter, one))).toEqual([category]);
    expect(isSameFilter(withCategory(filter, null), DEFAULT_VENDORS)).toBe(true);
  }
});
