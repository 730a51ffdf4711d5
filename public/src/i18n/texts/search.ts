// The search box and its results.

const en = {
  search: 'Find a vendor, an area or a place',
  searchHint: 'Code or name, or latitude, longitude',
  searchFailed: 'Areas and vendors cannot be searched now.',
  searchNothing: (typed: string) => `Nothing in this city is called “${typed}”.`,
  searchFound: (n: string) => `${n} found`,
  searchLoading: 'Looking…',
  foundPlace: (lat: string, lng: string) => `${lat}, ${lng}`,
  foundPlaceHint: 'Place by latitude, longitude',
  clearMark: 'Clear the search and its mark',
  mark: 'Marked place',
};

const fa: typeof en = {
  search: 'یافتن فروشنده، محدوده یا مکان',
  searchHint: 'کد یا نام، یا عرض و طول جغرافیایی',
  searchFailed: 'اکنون نمی‌توان محدوده‌ها و فروشندگان را جست.',
  searchNothing: (typed) => `در این شهر چیزی به نام «${typed}» نیست.`,
  searchFound: (n) => `${n} مورد یافت شد`,
  searchLoading: 'در حال جست‌وجو…',
  foundPlace: (lat, lng) => `${lat}، ${lng}`,
  foundPlaceHint: 'مکان با عرض و طول جغرافیایی',
  clearMark: 'پاک کردن جست‌وجو و نشان آن',
  mark: 'مکان نشان‌شده',
};

export const search = { en, fa };
