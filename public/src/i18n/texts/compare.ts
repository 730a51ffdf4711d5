// The comparison of two maps, and of two periods as growth.

import type { GrowthScale } from '@styles/growth';
import type { GrowthRefusal } from '../../data/time/growthDays';

const en = {
  compare: 'Compare side by side',
  compareHint: 'Splits the map to compare it with another measure or period. Drag the divider to move it.',
  compareKind: 'Right side shows',
  compareWindow: 'Period on the right',
  sameWindow: 'Same period',
  sameSides: 'Both sides show the same map.',
  divider: 'Divider between the two sides',
  dividerAt: (share: string) => `${share} of the map is on the left`,
  sides: { main: 'Left', compared: 'Right' },
  growth: 'Growth',
  growthHint: 'Show the change against another period',
  growthAgainst: 'Compared with',
  growthPeriods: { before: 'Days before', month: 'Same days last month', typed: 'Days' },
  growthScale: 'Show as',
  growthScales: { difference: 'Difference a day', percent: 'Percent' } as Record<GrowthScale, string>,
  growthMin: 'Lowest count',
  growthMinCount: (n: string) => `${n} or more`,
  growthFew: (n: string) => `Fewer than ${n} in both periods`,
  growthNow: (days: string) => `In ${days}`,
  growthOf: (what: string) => `Change: ${what}`,
  growthDays: (range: string, before: string) => `${range} against ${before}`,
  growthPerDay: 'Difference a day',
  growthShare: 'Change',
  growthTip: (was: string, now: string) => `${was} → ${now}`,
  growthIsNew: 'none before',
  growthLimits: (city: string) =>
    `Class limits are those of ${city} at this zoom: half of the cells that changed are in the middle class.`,
  growthPercentNote: 'Counts a day are compared. Cells that had none before have the highest class.',
  growthMore: (limit: string) => `${limit} or more`,
  growthLess: (limit: string) => `below ${limit}`,
  growthAreas: 'Areas by change',
  growthAreasHint: (n: string) =>
    `${n} areas. Click a heading to sort, or a name to go there. “Lost” means lost in this area.`,
  growthNoHours: 'Areas are not counted by hour. Choose all hours to see their change.',
  growthNoRetention:
    'Lost, retained, gained and new users are known when one period directly follows the other, for all lines or one.',
  growthRefused: {
    days: 'The map has no data for the other period. Choose a shorter or later period.',
    lines: 'Users of several lines are not known exactly. Choose all lines or one to see their change.',
    lengths: 'Users are compared only between periods of the same length.',
  } as Record<GrowthRefusal, string>,
};

const fa: typeof en = {
  compare: 'مقایسهٔ کنار هم',
  compareHint: 'نقشه را دو نیم می‌کند تا با معیار یا بازه‌ای دیگر مقایسه شود. برای جابه‌جایی، خط میانی را بکشید.',
  compareKind: 'سمت راست نشان می‌دهد',
  compareWindow: 'بازهٔ سمت راست',
  sameWindow: 'همان بازه',
  sameSides: 'هر دو سمت یک نقشه را نشان می‌دهند.',
  divider: 'خط میان دو سمت',
  dividerAt: (share) => `${share} از نقشه در سمت چپ است`,
  sides: { main: 'چپ', compared: 'راست' },
  growth: 'رشد',
  growthHint: 'نمایش تغییر نسبت به بازه‌ای دیگر',
  growthAgainst: 'در مقایسه با',
  growthPeriods: { before: 'روزهای قبل', month: 'همین روزها در ماه قبل', typed: 'روزها' },
  growthScale: 'نمایش به شکل',
  growthScales: { difference: 'اختلاف روزانه', percent: 'درصد' },
  growthMin: 'کمترین تعداد',
  growthMinCount: (n) => `${n} و بیشتر`,
  growthFew: (n) => `کمتر از ${n} در هر دو بازه`,
  growthNow: (days) => `در ${days}`,
  growthOf: (what) => `تغییر ${what}`,
  growthDays: (range, before) => `${range} در مقایسه با ${before}`,
  growthPerDay: 'اختلاف روزانه',
  growthShare: 'تغییر',
  growthTip: (was, now) => `از ${was} به ${now}`,
  growthIsNew: 'قبلاً صفر',
  growthLimits: (city) =>
    `مرز رده‌ها از سلول‌های ${city} در این بزرگ‌نمایی است: نیمی از سلول‌هایی که تغییر کرده‌اند در ردهٔ میانی‌اند.`,
  growthPercentNote: 'تعداد روزانه مقایسه می‌شود. سلول‌هایی که قبلاً سفارشی نداشتند بالاترین رده را دارند.',
  growthMore: (limit) => `${limit} و بیشتر`,
  growthLess: (limit) => `کمتر از ${limit}`,
  growthAreas: 'محدوده‌ها بر اساس تغییر',
  growthAreasHint: (n) =>
    `${n} محدوده. برای مرتب‌سازی روی عنوان ستون و برای رفتن به محدوده روی نام آن کلیک کنید. «ازدست‌رفته» یعنی ازدست‌رفته در همین محدوده.`,
  growthNoHours: 'محدوده‌ها به تفکیک ساعت شمرده نمی‌شوند. برای دیدن تغییر آن‌ها همهٔ ساعت‌ها را انتخاب کنید.',
  growthNoRetention:
    'کاربران ازدست‌رفته، ماندگار، به‌دست‌آمده و تازه وقتی معلوم است که یک بازه درست پس از دیگری باشد، برای همهٔ رسته‌ها یا یک رسته.',
  growthRefused: {
    days: 'نقشه برای بازهٔ دیگر داده ندارد. بازه‌ای کوتاه‌تر یا دیرتر انتخاب کنید.',
    lines: 'تعداد کاربران چند رسته دقیق معلوم نیست. برای دیدن تغییر، همهٔ رسته‌ها یا یک رسته را انتخاب کنید.',
    lengths: 'کاربران فقط میان بازه‌های هم‌طول مقایسه می‌شوند.',
  },
};

export const compare = { en, fa };
