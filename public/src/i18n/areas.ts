// Areas: their kinds.

import type { AreaKind } from '@styles/areas';

const en = {
  areaKinds: 'Areas',
  areaKindNames: { marketing: 'Marketing areas', region: 'Regions', neighbourhood: 'Neighbourhoods' } as Record<
    AreaKind,
    string
  >,
  areaKindName: { marketing: 'Marketing area', region: 'Region', neighbourhood: 'Neighbourhood' } as Record<
    AreaKind,
    string
  >,
};

const fa: typeof en = {
  areaKinds: 'محدوده‌ها',
  areaKindNames: { marketing: 'محدوده‌های بازاریابی', region: 'منطقه‌ها', neighbourhood: 'محله‌ها' },
  areaKindName: { marketing: 'محدودهٔ بازاریابی', region: 'منطقه', neighbourhood: 'محله' },
};

export const areas = { en, fa };
