// Look: settings of the heat view.

import type { HeatWeight } from '@styles/density';

const en = {
  heat: 'Heat settings',
  radius: 'Radius',
  strength: 'Strength',
  weight: 'Weighting',
  weights: { percentile: 'Percentile', classic: 'Logarithmic' } as Record<HeatWeight, string>,
  reset: 'Automatic',
};

const fa: typeof en = {
  heat: 'تنظیم نمای گرمایی',
  radius: 'شعاع',
  strength: 'شدت',
  weight: 'وزن‌دهی',
  weights: { percentile: 'صدکی', classic: 'لگاریتمی' },
  reset: 'خودکار',
};

export const look = { en, fa };
