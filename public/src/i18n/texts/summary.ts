// The summary: what the map shows, in plain language.

import type { View } from '@styles/density';
import type { Kind } from '@styles/measure';

const en = {
  summary: 'What is shown',
  summaryKinds: {
    orders: 'orders',
    organic: 'organic orders',
    nonorganic: 'non-organic orders',
    users: 'distinct users',
  } as Record<Kind, string>,
  summaryViews: { cells: '', heat: 'heatmap' } as Record<View, string>,
  /** What is counted: `lines` is null for every line. */
  summaryCounted: (kind: string, lines: string | null) =>
    lines === null ? `${kind.charAt(0).toUpperCase()}${kind.slice(1)}, all lines` : `${lines} ${kind}`,
  /** What, where, when, and how it is drawn. */
  summaryParts: (parts: readonly string[]) => parts.join(' · '),
  summaryCompared: (what: string, days: string) => `Compared with: ${what} · ${days}`,
  summaryRadii: {
    own: 'own',
    fixed: 'fixed',
    grade: 'by grade',
    sliders: 'by grade, custom',
  },
  summaryRadius: (how: string, size: string | null) => `Delivery radius: ${how}${size === null ? '' : `, ${size}`}.`,
  summaryNothing: (city: string) => `Nothing is shown in ${city}. Choose a map.`,
  summaryVendors: (shown: string, all: string, city: string, which: string) =>
    `${shown} of ${all} vendors in ${city}: ${which}.`,
  summaryVendorsUncounted: (city: string, which: string) => `Vendors in ${city}: ${which}.`,
  summaryEveryVendor: 'all',
  summaryValue: (facet: string, values: string) => `${facet.toLowerCase()} ${values}`,
  summaryFlag: (flag: string, isWanted: boolean) => `${isWanted ? '' : 'not '}${flag.toLowerCase()}`,
  summaryCodes: (n: string) => `codes from a list of ${n}`,
  summaryInAreas: (n: string, count: number) => (count === 1 ? 'in one area' : `in ${n} areas`),
  summaryAvailability: (share: string) => `availability at least ${share}`,
  summaryCoverageTotal: (city: string, lines: string | null) =>
    `Coverage in ${city}: ${lines === null ? '' : `${lines} `}vendors that deliver to each cell.`,
  summaryCoverageRatio: (city: string, line: string) => `Coverage in ${city}: vendors ÷ target, ${line}.`,
  summaryAreas: (city: string, kinds: string) => `Outlines of ${kinds.toLowerCase()} in ${city}.`,
  /** `of` lists what the figure counts, such as lines and days. */
  summaryAreasBy: (city: string, kinds: string, stat: string, of: readonly string[]) =>
    `${[`${kinds.charAt(0)}${kinds.slice(1).toLowerCase()} in ${city} by ${stat.charAt(0).toLowerCase()}${stat.slice(1)}`, ...of].join(', ')}.`,
  summaryPopulation: (city: string) => `Population of ${city} as dots.`,
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
  summaryViews: { cells: '', heat: 'نقشهٔ حرارتی' },
  summaryCounted: (kind, lines) => `${kind} ${lines ?? 'همهٔ رسته‌ها'}`,
  summaryParts: (parts) => parts.join(' · '),
  summaryCompared: (what, days) => `در مقایسه با: ${what} · ${days}`,
  summaryRadii: {
    own: 'شعاع خود فروشنده',
    fixed: 'یکسان',
    grade: 'بر اساس رتبه',
    sliders: 'بر اساس رتبه، دلخواه',
  },
  summaryRadius: (how, size) => `شعاع ارسال: ${how}${size === null ? '' : `، ${size}`}.`,
  summaryNothing: (city) => `در ${city} چیزی نشان داده نمی‌شود. نقشه‌ای انتخاب کنید.`,
  summaryVendors: (shown, all, city, which) => `${shown} از ${all} فروشندهٔ ${city}: ${which}.`,
  summaryVendorsUncounted: (city, which) => `فروشندگان ${city}: ${which}.`,
  summaryEveryVendor: 'همه',
  summaryValue: (facet, values) => `${facet} ${values}`,
  summaryFlag: (flag, isWanted) => `${isWanted ? '' : 'نه '}${flag}`,
  summaryCodes: (n) => `کدهای فهرستی ${n} تایی`,
  summaryInAreas: (n) => `در ${n} محدوده`,
  summaryAvailability: (share) => `دسترس‌پذیری دست‌کم ${share}`,
  summaryCoverageTotal: (city, lines) =>
    `پوشش در ${city}: تعداد فروشندگان${lines === null ? '' : ` ${lines}`} که به هر سلول ارسال دارند.`,
  summaryCoverageRatio: (city, line) => `پوشش در ${city}: فروشندگان ÷ هدف، ${line}.`,
  summaryAreas: (city, kinds) => `مرز ${kinds} در ${city}.`,
  summaryAreasBy: (city, kinds, stat, of) => `${[`${kinds} در ${city} بر اساس ${stat}`, ...of].join('، ')}.`,
  summaryPopulation: (city) => `جمعیت ${city} به شکل نقطه.`,
  emptyLines: 'رسته‌های انتخاب‌شده در این نما سفارشی ندارند؛ رسته‌های دیگر دارند.',
  emptyHere: 'در این نما سفارشی نیست.',
};

export const summary = { en, fa };
