// The search box and its results.

const en = {
  search: 'Search vendors, areas and places',
  searchHint: 'Code, name, coordinates, or a link of another map',
  searchFailed: 'Areas and vendors cannot be searched right now.',
  searchNothing: (typed: string) => `Nothing in this city matches “${typed}”.`,
  searchFound: (n: string) => `${n} found`,
  searchLoading: 'Searching…',
  foundPlaceHint: 'Latitude, longitude',
  foundAddress: 'Address',
  clearMark: 'Clear search and pin',
  mark: 'Marked location',
};

const fa: typeof en = {
  search: 'جست‌وجوی فروشنده، محدوده یا مکان',
  searchHint: 'کد، نام، مختصات، یا لینک یک نقشهٔ دیگر',
  searchFailed: 'اکنون جست‌وجوی محدوده‌ها و فروشندگان ممکن نیست.',
  searchNothing: (typed) => `در این شهر چیزی با «${typed}» مطابقت ندارد.`,
  searchFound: (n) => `${n} مورد پیدا شد`,
  searchLoading: 'در حال جست‌وجو…',
  foundPlaceHint: 'عرض و طول جغرافیایی',
  foundAddress: 'نشانی',
  clearMark: 'پاک کردن جست‌وجو و نشانه',
  mark: 'مکان نشانه‌گذاری‌شده',
};

export const search = { en, fa };
