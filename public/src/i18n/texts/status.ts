// The freshness of the map.

const en = {
  data: (range: string) => `Data ${range}`,
  built: (ago: string) => `built ${ago}`,
  builtAt: (moment: string) => `Built ${moment}`,
  nextBuild: (when: string) => `next ${when}`,
  /** Shown where the data is older than a daily build should leave it. */
  dataAge: (days: string) => `data is ${days} days old`,
  total: (n: string) => `${n} orders`,
  publicLayer: 'public',
  health: {
    fresh: 'Builds are on time.',
    late: 'A build is late.',
    unknown: 'The time of the next build is unknown.',
    unreachable: 'The server is not responding. This is the last map that was loaded.',
  },
  builds: 'Builds of this map',
  mapNumber: (n: string) => `Map number ${n}.`,
  buildOf: 'Name',
  buildRows: 'Rows',
  buildBuilt: 'Built',
  buildNext: 'Next',
  layerNames: {
    density: 'Density',
    'density-public': 'Density, public',
    coverage: 'Coverage',
    vendors: 'Vendors',
    areas: 'Areas',
    population: 'Population',
  } as Record<string, string>,
  layerOfWindow: (layer: string, period: string) => `${layer}, ${period.toLowerCase()}`,
  offline: 'You are offline. This is the last map that was loaded.',
};

const fa: typeof en = {
  data: (range) => `داده‌های ${range}`,
  built: (ago) => `ساخته‌شده ${ago}`,
  builtAt: (moment) => `ساخته‌شده در ${moment}`,
  nextBuild: (when) => `بعدی ${when}`,
  dataAge: (days) => `داده‌ها ${days} روز قدیمی‌اند`,
  total: (n) => `${n} سفارش`,
  publicLayer: 'عمومی',
  health: {
    fresh: 'ساخت‌ها به‌موقع‌اند.',
    late: 'یک ساخت دیر کرده است.',
    unknown: 'زمان ساخت بعدی معلوم نیست.',
    unreachable: 'سرور پاسخ نمی‌دهد. این آخرین نقشهٔ بارگیری‌شده است.',
  },
  builds: 'ساخت‌های این نقشه',
  mapNumber: (n) => `نقشهٔ شمارهٔ ${n}.`,
  buildOf: 'نام',
  buildRows: 'ردیف‌ها',
  buildBuilt: 'ساخت',
  buildNext: 'بعدی',
  layerNames: {
    density: 'تراکم',
    'density-public': 'تراکم، عمومی',
    coverage: 'پوشش',
    vendors: 'فروشندگان',
    areas: 'محدوده‌ها',
    population: 'جمعیت',
  },
  layerOfWindow: (layer, period) => `${layer}، ${period}`,
  offline: 'شبکه در دسترس نیست: این آخرین نقشهٔ بارگیری‌شده است.',
};

export const status = { en, fa };
