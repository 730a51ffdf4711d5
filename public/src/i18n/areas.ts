// Areas: their kinds, what fills them, the ranked list and the choice of some of them.

import type { AreaKind, AreaTint } from '@styles/areas';
import type { AreaStat } from '../areaStat';
import type { StatGap } from '../areaView';

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
  areaFill: 'Coloured by',
  areaFills: {
    none: 'Nothing',
    tint: 'One colour',
    population: 'Inhabitants',
    density: 'Inhabitants per km²',
    vendors: 'Vendors',
    per10k: 'Vendors per 10,000 inhabitants',
    orders: 'Orders',
    users: 'Distinct users',
    'all-users': 'Distinct users, all time',
  } as Record<AreaStat | 'none' | 'tint', string>,
  areaTint: 'Colour',
  areaTints: { blue: 'Blue', green: 'Green', amber: 'Amber', rose: 'Rose', grey: 'Grey' } as Record<AreaTint, string>,
  areaGaps: {
    internal: 'Orders and users by area are internal figures; this server shows public ones only.',
    window: 'Areas are not counted for this period. Choose another one under “When”.',
  } as Record<StatGap, string>,
  areaPart: 'Vendors counted',
  everyPart: 'All that the filter shows',
  leastUsers: 'One person may order from several lines: these are the least users there can be.',
  areaUnknown: 'not known',
  areasIn: (n: string) => `${n} areas`,
  noneOfIt: 'none',
  belowLimit: (limit: string) => `under ${limit}`,
  areaRange: (days: string, isOfLines: boolean) => (isOfLines ? `${days}, chosen lines` : days),
  everyVendorCounted: 'Every vendor is counted, whatever its status.',
  filteredCounted: 'Vendors are those that the filter of vendors shows.',
  onlyArea: 'Only vendors of this area',
  addArea: 'Vendors of this area too',
  dropArea: 'No longer only this area',
  areaRanking: 'List of areas',
  areaSearch: 'Find an area',
  areaOrder: 'Sorted by',
  areaOrders: { most: 'Most', least: 'Least', name: 'Name' },
  clearSearch: 'Clear what was typed',
  onlyAreaNamed: (name: string) => `Only ${name}`,
  dropAreaNamed: (name: string) => `No longer only ${name}`,
  noAreaFound: 'No area has such a name.',
  chosenAreas: (n: string) => `Only ${n} areas`,
  everyArea: 'All areas',
  areaHint: 'Choose areas to see only their vendors. Enter or a click on a name goes there.',
};

const fa: typeof en = {
  areaKinds: 'محدوده‌ها',
  areaKindNames: { marketing: 'محدوده‌های بازاریابی', region: 'منطقه‌ها', neighbourhood: 'محله‌ها' },
  areaKindName: { marketing: 'محدودهٔ بازاریابی', region: 'منطقه', neighbourhood: 'محله' },
  areaFill: 'رنگ بر پایهٔ',
  areaFills: {
    none: 'بی‌رنگ',
    tint: 'یک رنگ',
    population: 'جمعیت',
    density: 'نفر در کیلومتر مربع',
    vendors: 'فروشندگان',
    per10k: 'فروشنده برای هر ۱۰٬۰۰۰ نفر',
    orders: 'سفارش‌ها',
    users: 'کاربران یکتا',
    'all-users': 'کاربران یکتا، از آغاز',
  },
  areaTint: 'رنگ',
  areaTints: { blue: 'آبی', green: 'سبز', amber: 'کهربایی', rose: 'گلی', grey: 'خاکستری' },
  areaGaps: {
    internal: 'سفارش‌ها و کاربران هر محدوده داده‌های داخلی‌اند؛ این کارساز تنها داده‌های عمومی را نشان می‌دهد.',
    window: 'محدوده‌ها برای این بازه شمرده نشده‌اند. در «کی» بازهٔ دیگری برگزینید.',
  },
  areaPart: 'فروشندگان شمرده‌شده',
  everyPart: 'همهٔ آنچه پالایه نشان می‌دهد',
  leastUsers: 'یک نفر می‌تواند از چند رسته سفارش دهد: این‌ها کمترین شمار ممکن کاربران است.',
  areaUnknown: 'نامعلوم',
  areasIn: (n) => `${n} محدوده`,
  noneOfIt: 'هیچ',
  belowLimit: (limit) => `کمتر از ${limit}`,
  areaRange: (days, isOfLines) => (isOfLines ? `${days}، رسته‌های برگزیده` : days),
  everyVendorCounted: 'همهٔ فروشندگان با هر وضعیتی شمرده شده‌اند.',
  filteredCounted: 'تنها فروشندگانی شمرده شده‌اند که پالایهٔ فروشندگان نشان می‌دهد.',
  onlyArea: 'تنها فروشندگان این محدوده',
  addArea: 'فروشندگان این محدوده هم',
  dropArea: 'دیگر نه تنها این محدوده',
  areaRanking: 'فهرست محدوده‌ها',
  areaSearch: 'یافتن محدوده',
  areaOrder: 'به ترتیب',
  areaOrders: { most: 'بیشترین', least: 'کمترین', name: 'نام' },
  clearSearch: 'پاک کردن نوشته',
  onlyAreaNamed: (name) => `تنها ${name}`,
  dropAreaNamed: (name) => `دیگر نه تنها ${name}`,
  noAreaFound: 'محدوده‌ای با این نام نیست.',
  chosenAreas: (n) => `تنها ${n} محدوده`,
  everyArea: 'همهٔ محدوده‌ها',
  areaHint: 'محدوده‌هایی را برگزینید تا تنها فروشندگانشان را ببینید. با Enter یا کلیک روی نام به آنجا می‌روید.',
};

export const areas = { en, fa };
