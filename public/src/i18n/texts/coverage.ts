// Coverage: its classes, hints and gaps.

const en = {
  coverageTotal: 'Vendors that deliver to the cell',
  coverageRatio: (line: string) => `Vendors over target, ${line}`,
  noVendor: 'none',
  below: (limit: string) => `below ${limit}`,
  noTarget: 'Where the area has no target, the colours are those of all vendors.',
  coverageLook: { opacity: 'Opacity', size: 'Size of cells', blur: 'Blur' },
  plainCoverage: 'Plain squares',
  coverageCounted: (vendors: string) =>
    `Counted here from ${vendors} vendors of the city, with the radii that are chosen.`,
  coveragePublished: 'As published: active and visible vendors with their own radii.',
  gaps: 'Where one more vendor would help most',
  findGaps: (line: string) => `Find places for one more: ${line}`,
  searching: 'Searching',
  noGaps: 'No cell is below its target.',
  gapsRule: (radius: string) =>
    `AreaGrid around which the most vendors are missing to the targets within ${radius}, the radius that half of these vendors stay within.`,
  gapShortage: (missing: string, km2: string) => `${missing} short of target on average, over ${km2} km²`,
  gapHere: (covering: string, target: string) => `here ${covering} of ${target}`,
  coverageHint: 'Choose one business line to see vendors over target.',
};

const fa: typeof en = {
  coverageTotal: 'فروشندگانی که به این خانه می‌رسانند',
  coverageRatio: (line) => `نسبت فروشندگان به هدف، ${line}`,
  noVendor: 'هیچ',
  below: (limit) => `کمتر از ${limit}`,
  noTarget: 'هر جا محدوده هدفی ندارد، رنگ‌ها رنگ شمار همهٔ فروشندگان است.',
  coverageLook: { opacity: 'پوشانندگی', size: 'اندازهٔ خانه‌ها', blur: 'محوی' },
  plainCoverage: 'مربع‌های ساده',
  coverageCounted: (vendors) => `همین‌جا از ${vendors} فروشندهٔ شهر و با شعاع‌های انتخاب‌شده شمرده شده است.`,
  coveragePublished: 'چنان‌که منتشر شده: فروشندگان فعال و نمایان با شعاع خود.',
  gaps: 'یک فروشندهٔ دیگر کجا بیشتر سود دارد',
  findGaps: (line) => `یافتن جا برای یکی دیگر: ${line}`,
  searching: 'در حال جست‌وجو',
  noGaps: 'هیچ خانه‌ای کمتر از هدف خود ندارد.',
  gapsRule: (radius) =>
    `جاهایی که تا ${radius} پیرامونشان بیشترین کمبود فروشنده نسبت به هدف‌ها هست؛ نیمی از این فروشندگان از این شعاع دورتر نمی‌رسانند.`,
  gapShortage: (missing, km2) => `میانگین کمبود ${missing}، در ${km2} کیلومتر مربع`,
  gapHere: (covering, target) => `اینجا ${covering} از ${target}`,
  coverageHint: 'برای دیدن نسبت به هدف، یک رسته را انتخاب کنید.',
};

export const coverage = { en, fa };
