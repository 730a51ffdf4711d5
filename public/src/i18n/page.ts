// The frame of the page: its name, the panel, the buttons at the map, and words that every group uses.

import type { Theme } from '@styles/tokens';
import type { GroupName } from '../groups';

const en = {
  title: 'foodmap',
  subtitle: 'Order density',
  groups: {
    what: 'What to show',
    where: 'Where',
    when: 'When',
    compare: 'Compare',
    vendors: 'Vendors',
    coverage: 'Coverage',
    areas: 'Areas',
    look: 'Look',
  } as Record<GroupName, string>,
  settings: 'Map settings',
  showSettings: 'Show settings',
  hideSettings: 'Hide settings',
  switchTheme: { day: 'Night colours', night: 'Day colours' } as Record<Theme, string>,
  switchLang: 'فارسی',
  loading: 'Loading the map',
  map: 'Map. Arrow keys move it, plus and minus zoom, Enter reads the cell in the middle.',
  nothingHere: 'No cell here.',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  home: 'Whole city',
  fit: 'Fit to what is shown',
  scale: (length: string) => `Scale: ${length}`,
  dismiss: 'Dismiss',
  retry: 'Try again',
  close: 'Close',
  any: 'Any',
  yes: 'Yes',
  no: 'No',
};

const fa: typeof en = {
  title: 'foodmap',
  subtitle: 'تراکم سفارش',
  groups: {
    what: 'چه چیزی',
    where: 'کجا',
    when: 'کی',
    compare: 'مقایسه',
    vendors: 'فروشندگان',
    coverage: 'پوشش',
    areas: 'محدوده‌ها',
    look: 'ظاهر',
  },
  settings: 'تنظیمات نقشه',
  showSettings: 'نمایش تنظیمات',
  hideSettings: 'بستن تنظیمات',
  switchTheme: { day: 'رنگ‌های شب', night: 'رنگ‌های روز' },
  switchLang: 'English',
  loading: 'نقشه در حال بارگیری است',
  map: 'نقشه. با کلیدهای جهت جابه‌جا کنید، با مثبت و منفی بزرگ و کوچک کنید، با Enter خانهٔ میانی را بخوانید.',
  nothingHere: 'اینجا خانه‌ای نیست.',
  zoomIn: 'بزرگ‌نمایی',
  zoomOut: 'کوچک‌نمایی',
  home: 'نمای کل شهر',
  fit: 'نمای هر آنچه نشان داده شده',
  scale: (length) => `مقیاس: ${length}`,
  dismiss: 'بستن پیام',
  retry: 'تلاش دوباره',
  close: 'بستن',
  any: 'همه',
  yes: 'بله',
  no: 'خیر',
};

export const page = { en, fa };
