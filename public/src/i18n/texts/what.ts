// What to show: the kinds of density, business lines, the view, and the overlays.

import type { View } from '@styles/density';
import type { Kind } from '@styles/measure';
import type { Overlay } from '@styles/overlays';

const en = {
  kind: 'Show',
  noMap: 'Clear',
  kinds: { orders: 'Orders', organic: 'Organic', nonorganic: 'Non-organic', users: 'Users' } as Record<Kind, string>,
  kindsLong: {
    orders: 'Orders per cell',
    organic: 'Organic orders per cell',
    nonorganic: 'Non-organic orders per cell',
    users: 'Distinct users per cell',
  } as Record<Kind, string>,
  lines: 'Business lines',
  allLines: 'All lines',
  lineNames: {} as Record<string, string>,
  view: 'View',
  views: { cells: 'Cells', heat: 'Heat' } as Record<View, string>,
  overlayNames: { coverage: 'Coverage', areas: 'Areas', population: 'Population', vendors: 'Vendors' } as Record<
    Overlay,
    string
  >,
  inhabitants: 'People',
  dotStandsFor: (people: string) => `One dot represents ${people} people somewhere in its area`,
};

const fa: typeof en = {
  kind: 'نمایش',
  noMap: 'پاک کردن',
  kinds: { orders: 'سفارش‌ها', organic: 'ارگانیک', nonorganic: 'غیرارگانیک', users: 'کاربران' },
  kindsLong: {
    orders: 'سفارش در هر سلول',
    organic: 'سفارش ارگانیک در هر سلول',
    nonorganic: 'سفارش غیرارگانیک در هر سلول',
    users: 'کاربر یکتا در هر سلول',
  },
  lines: 'رسته‌ها',
  allLines: 'همهٔ رسته‌ها',
  lineNames: {
    Restaurant: 'رستوران',
    Pastry: 'شیرینی',
    'Meat Shop': 'گوشت',
    'Ice Cream and Juice Shop': 'بستنی و آبمیوه',
    'Fruit Shop': 'میوه',
    Cafe: 'کافه',
    Bakery: 'نانوایی',
  },
  view: 'نما',
  views: { cells: 'سلول‌ها', heat: 'نقشهٔ حرارتی' },
  overlayNames: { coverage: 'پوشش', areas: 'محدوده‌ها', population: 'جمعیت', vendors: 'فروشندگان' },
  inhabitants: 'جمعیت',
  dotStandsFor: (people) => `هر نقطه نمایندهٔ ${people} نفر در جایی از محدودهٔ خود است`,
};

export const what = { en, fa };
