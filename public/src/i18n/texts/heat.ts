// The settings of the heat view.

import type { HeatWeight } from '@styles/heat';

const en = {
  heat: 'Heat settings',
  radius: 'Radius',
  blur: 'Edge softness',
  maximum: 'Top colour starts at',
  maximumHint:
    'As a share of the heat at the busiest location. At 100%, only that location has the top colour, at every zoom.',
  weight: 'Weighting',
  weights: { percentile: 'Percentile', classic: 'Logarithmic' } as Record<HeatWeight, string>,
  reset: 'Automatic',
};

const fa: typeof en = {
  heat: 'تنظیمات نقشهٔ حرارتی',
  radius: 'شعاع',
  blur: 'نرمی لبه',
  maximum: 'آخرین رنگ از',
  maximumHint: 'سهمی از حرارت شلوغ‌ترین جا. در ۱۰۰٪ فقط همان جا، در هر بزرگ‌نمایی، آخرین رنگ را دارد.',
  weight: 'وزن‌دهی',
  weights: { percentile: 'صدکی', classic: 'لگاریتمی' },
  reset: 'خودکار',
};

export const heat = { en, fa };
