// The summary: what the map shows, in plain language.

import type { View } from '@styles/density';
import type { Kind } from '@styles/measure';

const en = {
  summary: 'What is shown',
  summaryKinds: {
    orders: 'Orders',
    organic: 'Organic orders',
    nonorganic: 'Non-organic orders',
    users: 'Distinct users',
  } as Record<Kind, string>,
  summaryViews: { cells: 'as cells', heat: 'as heat' } as Record<View, string>,
  summaryDensity: (kind: string, lines: string, city: string, days: string, view: string) =>
    `${kind} of ${lines} in ${city}, ${days}, ${view}.`,
  summaryCompared: (kind: string, days: string) =>
    `Compared with ${kind.charAt(0).toLowerCase()}${kind.slice(1)}, ${days}.`,
  summaryRadii: {
    own: 'own',
    fixed: 'fixed',
    grade: 'by grade',
    sliders: 'by grade, custom',
  },
  summaryRadius: (how: string, size: string | null) => `Delivery radius: ${how}${size === null ? '' : `, ${size}`}.`,
  summaryEveryLine: 'all business lines',
  summaryNothing: (city: string) => `Nothing is shown in ${city}. Choose a map.`,
  summaryVendors: (shown: string, all: string, which: string) => `${shown} of ${all} vendors: ${which}.`,
  summaryVendorsUncounted: (which: string) => `Vendors: ${which}.`,
  summaryEveryVendor: 'all',
  summaryValue: (facet: string, values: string) => `${facet.toLowerCase()} ${values}`,
  summaryFlag: (flag: string, isWanted: boolean) => `${isWanted ? '' : 'not '}${flag.toLowerCase()}`,
  summaryCodes: (n: string) => `codes from a list of ${n}`,
  summaryInAreas: (n: string, count: number) => (count === 1 ? 'in one area' : `in ${n} areas`),
  summaryAvailability: (share: string) => `availability at least ${share}`,
  summaryCoverageTotal: 'Coverage: how many vendors deliver to a cell.',
  summaryCoverageRatio: (line: string) => `Coverage: vendors relative to target, ${line}.`,
  summaryAreas: (kinds: string) => `Outlines of ${kinds.toLowerCase()}.`,
  summaryAreasBy: (kinds: string, stat: string) =>
    `${kinds.charAt(0)}${kinds.slice(1).toLowerCase()} by ${stat.charAt(0).toLowerCase()}${stat.slice(1)}.`,
  summaryPopulation: 'Population as dots.',
  emptyLines: 'The selected business lines have no orders in view. Other lines do.',
  emptyHere: 'There are no orders in view.',
};

const fa: typeof en = {
  summary: 'آنچه نقشه نشان می‌دهد',
  summaryKinds: {
    orders: 'سفارش‌های',
    organic: 'سفارش‌های ارگانیک',
    nonorganic: 'سفارش‌های غیرارگانیک',
    users: 'کاربران یکتای',
  },
  summaryViews: { cells: 'به شکل خانه‌ها', heat: 'به شکل گرمایی' },
  summaryDensity: (kind, lines, city, days, view) => `${kind} ${lines} در ${city}، ${days}، ${view}.`,
  summaryCompared: (kind, days) => `در برابر ${kind} ${days}.`,
  summaryRadii: {
    own: 'شعاع خود فروشنده',
    fixed: 'یکسان',
    grade: 'بر اساس رتبه',
    sliders: 'بر اساس رتبه، دلخواه',
  },
  summaryRadius: (how, size) => `شعاع ارسال: ${how}${size === null ? '' : `، ${size}`}.`,
  summaryEveryLine: 'همهٔ رسته‌ها',
  summaryNothing: (city) => `در ${city} چیزی نشان داده نمی‌شود. نقشه‌ای انتخاب کنید.`,
  summaryVendors: (shown, all, which) => `${shown} از ${all} فروشنده: ${which}.`,
  summaryVendorsUncounted: (which) => `فروشندگان: ${which}.`,
  summaryEveryVendor: 'همه',
  summaryValue: (facet, values) => `${facet} ${values}`,
  summaryFlag: (flag, isWanted) => `${isWanted ? '' : 'نه '}${flag}`,
  summaryCodes: (n) => `کدهای فهرستی ${n} تایی`,
  summaryInAreas: (n) => `در ${n} محدوده`,
  summaryAvailability: (share) => `دسترس‌پذیری دست‌کم ${share}`,
  summaryCoverageTotal: 'پوشش: تعداد فروشندگانی که به هر خانه می‌رسانند.',
  summaryCoverageRatio: (line) => `پوشش: نسبت فروشندگان به هدف، ${line}.`,
  summaryAreas: (kinds) => `مرز ${kinds}.`,
  summaryAreasBy: (kinds, stat) => `${kinds} بر اساس ${stat}.`,
  summaryPopulation: 'جمعیت به شکل نقطه.',
  emptyLines: 'رسته‌های انتخاب‌شده در این نما سفارشی ندارند؛ رسته‌های دیگر دارند.',
  emptyHere: 'در این نما سفارشی نیست.',
};

export const summary = { en, fa };
