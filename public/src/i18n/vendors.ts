// Vendors: their filter, their legend, their platforms and grades.

import type { Facet, Flag, VendorType } from '@styles/vendorFilter';
import type { VendorSort } from '@styles/vendors';
import type { RadiusMode } from '../radius';

const en = {
  vendorSorts: { tapsifood: 'Tapsifood', snappfood: 'Snappfood', dual: 'On both platforms' } as Record<
    VendorSort,
    string
  >,
  vendorsOff: 'Switch vendors or coverage on to filter vendors.',
  vendorType: 'Whose vendors',
  vendorTypes: {
    any: 'All of both platforms',
    tapsifood: 'Tapsifood',
    snappfood: 'Snappfood',
    'snappfood-alone': 'Snappfood without dual',
    combined: 'Tapsifood and Snappfood without dual',
  } as Record<VendorType, string>,
  counted: (name: string, count: string) => `${name} (${count})`,
  hiddenFilters: (names: string) => `Not known of these vendors, so not filtered by: ${names}`,
  vendorsShown: (shown: string, all: string) => `${shown} of ${all} vendors of the city`,
  vendorsFarOut: 'Zoom in to see the chosen vendors.',
  noVendorLeft: 'No vendor fits every choice. Take one back.',
  everyVendor: 'Show every vendor',
  usualVendors: 'Active and visible ones',
  vendorFacets: {
    line: 'Business line',
    grade: 'Grade',
    status: 'Status',
    vendor_status: 'Vendor status',
  } as Record<Facet, string>,
  vendorFlags: {
    visible: 'Visible',
    open: 'Open',
    is_express: 'Express',
    is_dual: 'On both platforms',
    own_delivery: 'Own delivery',
    ofood_delivery: 'oFood delivery',
  } as Record<Flag, string>,
  vendorCodes: 'Codes',
  vendorCodesHint: 'Parted by spaces, commas or lines',
  unknownCodes: (codes: string) => `Of no vendor of this city: ${codes}`,
  leastAvailability: 'Available at least',
  radiusZoomIn: 'Zoom in to see delivery radii.',
  radiusCircles: 'Circles are delivery radii, true on the ground.',
  radiusMode: 'Delivery radius',
  radiusModes: { own: 'Own', fixed: 'Fixed', grade: 'By grade', sliders: 'Each grade' } as Record<
    RadiusMode['kind'],
    string
  >,
  radiusPercent: 'Share of own radius',
  radiusFixed: 'Radius of every vendor',
  resetRadius: 'Own radii again',
  showRadii: 'Circles of delivery radius',
  markerSize: 'Size of points',
  platforms: { tapsifood: 'Tapsifood', snappfood: 'Snappfood' } as Record<string, string>,
  gradeNames: {} as Record<string, string>,
};

const fa: typeof en = {
  vendorSorts: { tapsifood: 'تپسی‌فود', snappfood: 'اسنپ‌فود', dual: 'در هر دو سکو' },
  vendorsOff: 'برای پالایش فروشندگان، لایهٔ فروشندگان یا پوشش را روشن کنید.',
  vendorType: 'فروشندگان کدام سکو',
  vendorTypes: {
    any: 'همهٔ هر دو سکو',
    tapsifood: 'تپسی‌فود',
    snappfood: 'اسنپ‌فود',
    'snappfood-alone': 'اسنپ‌فود بدون مشترک‌ها',
    combined: 'تپسی‌فود و اسنپ‌فود بدون مشترک‌ها',
  },
  counted: (name, count) => `${name} (${count})`,
  hiddenFilters: (names) => `دربارهٔ این فروشندگان دانسته نیست و پالایش نمی‌شود: ${names}`,
  vendorsShown: (shown, all) => `${shown} از ${all} فروشندهٔ شهر`,
  vendorsFarOut: 'برای دیدن فروشندگان برگزیده نزدیک‌تر شوید.',
  noVendorLeft: 'هیچ فروشنده‌ای با همهٔ گزینه‌ها جور نیست. یکی را بردارید.',
  everyVendor: 'نمایش همهٔ فروشندگان',
  usualVendors: 'فعال‌ها و نمایان‌ها',
  vendorFacets: {
    line: 'رسته',
    grade: 'درجه',
    status: 'وضعیت',
    vendor_status: 'وضعیت فروشنده',
  },
  vendorFlags: {
    visible: 'نمایان',
    open: 'باز',
    is_express: 'اکسپرس',
    is_dual: 'در هر دو سکو',
    own_delivery: 'ارسال با خود فروشنده',
    ofood_delivery: 'ارسال با اوفود',
  },
  vendorCodes: 'کدها',
  vendorCodesHint: 'جداشده با فاصله، ویرگول یا خط تازه',
  unknownCodes: (codes) => `از آنِ هیچ فروشندهٔ این شهر نیست: ${codes}`,
  leastAvailability: 'دسترس‌پذیری دست‌کم',
  radiusZoomIn: 'برای دیدن شعاع ارسال نزدیک‌تر شوید.',
  radiusCircles: 'دایره‌ها شعاع ارسال‌اند، به اندازهٔ واقعی روی زمین.',
  radiusMode: 'شعاع ارسال',
  radiusModes: { own: 'خود فروشنده', fixed: 'یکسان', grade: 'هر رتبه', sliders: 'دلخواه' },
  radiusPercent: 'سهم از شعاع خود',
  radiusFixed: 'شعاع همهٔ فروشندگان',
  resetRadius: 'بازگشت به شعاع خود فروشندگان',
  showRadii: 'دایره‌های شعاع ارسال',
  markerSize: 'اندازهٔ نقطه‌ها',
  platforms: { tapsifood: 'تپسی‌فود', snappfood: 'اسنپ‌فود' },
  gradeNames: { 'Not Enough Rate': 'امتیاز ناکافی', Ungraded: 'بدون رتبه' },
};

export const vendors = { en, fa };
