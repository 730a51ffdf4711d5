// The settings of the heat view.

import type { HeatWeight } from '@styles/heat';

const en = {
  heat: 'Heat settings',
  radius: 'Radius',
  blur: 'Softness of the edge',
  maximum: 'Last colour from',
  maximumHint: 'Share of the busiest place’s heat. At 100% that place alone has the last colour, at every zoom.',
  weight: 'Weighting',
  weights: { percentile: 'Percentile', classic: 'Logarithmic' } as Record<HeatWeight, string>,
  reset: 'Automatic',
};

const fa: typeof en = {
  heat: 'تنظیم نمای گرمایی',
  radius: 'شعاع',
  blur: 'نرمی لبه',
  maximum: 'آخرین رنگ از',
  maximumHint: 'سهمی از گرمای شلوغ‌ترین جا. در ۱۰۰٪ تنها همان جا آخرین رنگ را دارد، در هر بزرگ‌نمایی.',
  weight: 'وزن‌دهی',
  weights: { percentile: 'صدکی', classic: 'لگاریتمی' },
  reset: 'خودکار',
};

export const look = { en, fa };
