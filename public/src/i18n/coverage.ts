// Coverage: its classes and hints.

const en = {
  coverageTotal: 'Vendors that deliver to the cell',
  coverageRatio: (line: string) => `Vendors over target, ${line}`,
  noVendor: 'none',
  below: (limit: string) => `below ${limit}`,
  noTarget: 'Where the area has no target, the colours are those of all vendors.',
  coverageHint: 'Choose one business line to see vendors over target.',
};

const fa: typeof en = {
  coverageTotal: 'فروشندگانی که به این خانه می‌رسانند',
  coverageRatio: (line) => `نسبت فروشندگان به هدف، ${line}`,
  noVendor: 'هیچ',
  below: (limit) => `کمتر از ${limit}`,
  noTarget: 'هر جا محدوده هدفی ندارد، رنگ‌ها رنگ شمار همهٔ فروشندگان است.',
  coverageHint: 'برای دیدن نسبت به هدف، یک رسته را انتخاب کنید.',
};

export const coverage = { en, fa };
