// How fresh the map is.

const en = {
  data: (range: string) => `Data ${range}`,
  built: (ago: string) => `built ${ago}`,
  builtAt: (moment: string) => `Built ${moment}, Tehran time`,
  total: (n: string) => `${n} orders`,
  publicLayer: 'public',
};

const fa: typeof en = {
  data: (range) => `داده‌های ${range}`,
  built: (ago) => `ساخته‌شده ${ago}`,
  builtAt: (moment) => `ساخته‌شده در ${moment} به وقت تهران`,
  total: (n) => `${n} سفارش`,
  publicLayer: 'عمومی',
};

export const status = { en, fa };
