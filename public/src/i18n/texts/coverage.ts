// Coverage: its classes, hints and gaps.

const en = {
  coverageTotal: (lines: string | null) =>
    lines === null ? 'Vendors that deliver to the cell' : `${lines} vendors that deliver to the cell`,
  coverageRatio: (line: string) => `Vendors ÷ target, ${line}`,
  noVendor: 'no vendor',
  below: (limit: string) => `below ${limit}`,
  zeroTarget: 'Target is 0: any number of vendors is enough',
  noTarget: 'No target is set here',
  coverageAppearance: { opacity: 'Opacity', size: 'Cell size', blur: 'Blur' },
  plainCoverage: 'Reset',
  coverageCounted: (vendors: string) =>
    `Computed in your browser from ${vendors} vendors of the city, with the selected radii.`,
  coveragePublished: 'As published: active, visible vendors with their own radii.',
  gaps: 'Where one more vendor would help most',
  findGaps: (line: string) => `Find the best locations for one more vendor: ${line}`,
  whoCovers: 'Who covers this point',
  atDistance: (distance: string, radius: string) => `${distance} away, delivers within ${radius}`,
  distanceM: 'Distance (m)',
  firstOf: (n: string) => `The nearest ${n} are listed; the file has all.`,
  searching: 'Searching…',
  noGaps: 'No cell is below its target.',
  gapsRule: (radius: string) =>
    `Locations with the most missing vendors within ${radius}, the median delivery radius of the counted vendors.`,
  gapShortage: (missing: string, km2: string) => `${missing} short of target on average, over ${km2} km²`,
  gapHere: (covering: string, target: string) => `${covering} of ${target} vendors here`,
  gapHereZeroTarget: (covering: string) => `${covering} vendors here, where the target is 0`,
  coverageHint: 'Select a single business line to compare vendors with the target.',
};

const fa: typeof en = {
  coverageTotal: (lines) => `فروشندگان${lines === null ? 'ی' : ` ${lines}`} که به سلول ارسال دارند`,
  coverageRatio: (line) => `فروشندگان ÷ هدف، ${line}`,
  noVendor: 'بدون فروشنده',
  below: (limit) => `کمتر از ${limit}`,
  zeroTarget: 'هدف صفر است: هر تعداد فروشنده کافی است',
  noTarget: 'اینجا هدفی تعیین نشده است',
  coverageAppearance: { opacity: 'شفافیت', size: 'اندازهٔ سلول‌ها', blur: 'محوشدگی' },
  plainCoverage: 'بازنشانی',
  coverageCounted: (vendors) => `در مرورگر شما از ${vendors} فروشندهٔ شهر و با شعاع‌های انتخاب‌شده محاسبه شده است.`,
  coveragePublished: 'مطابق نسخهٔ منتشرشده: فروشندگان فعال و نمایان با شعاع خودشان.',
  gaps: 'کجا یک فروشندهٔ دیگر بیشترین اثر را دارد',
  findGaps: (line) => `یافتن بهترین محل برای یک فروشندهٔ دیگر: ${line}`,
  whoCovers: 'چه کسی این نقطه را پوشش می‌دهد',
  atDistance: (distance, radius) => `فاصله ${distance}، شعاع ارسال ${radius}`,
  distanceM: 'فاصله (متر)',
  firstOf: (n) => `نزدیک‌ترین ${n} فروشنده آمده است؛ فایل همه را دارد.`,
  searching: 'در حال جست‌وجو…',
  noGaps: 'هیچ سلولی کمتر از هدف خود ندارد.',
  gapsRule: (radius) =>
    `مکان‌هایی که تا ${radius} پیرامونشان بیشترین کمبود فروشنده هست؛ این فاصله میانهٔ شعاع ارسال فروشندگان شمرده‌شده است.`,
  gapShortage: (missing, km2) => `به طور میانگین ${missing} کمتر از هدف، در ${km2} کیلومتر مربع`,
  gapHere: (covering, target) => `اینجا ${covering} فروشنده از ${target}`,
  gapHereZeroTarget: (covering) => `اینجا ${covering} فروشنده، و هدف صفر است`,
  coverageHint: 'برای مقایسهٔ فروشندگان با هدف، فقط یک رسته را انتخاب کنید.',
};

export const coverage = { en, fa };
