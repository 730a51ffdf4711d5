// Error messages.

const en = {
  errors: {
    catalog: 'The map catalog could not be loaded.',
    dataset: 'The density layer could not be loaded.',
    compared: 'The comparison period could not be loaded.',
    overlay: 'A map layer could not be loaded.',
    areaList: 'The list of areas could not be loaded.',
    areaOrders: 'The orders by area could not be loaded.',
    timeline: 'The orders by day could not be loaded.',
    vendors: 'The vendor table could not be loaded.',
    tiles: 'Parts of the map could not be loaded and are empty.',
    heat: 'The automatic heat settings could not be computed.',
    fit: 'The map could not be fitted to the data.',
    config: 'The page configuration could not be loaded. Defaults are used instead.',
    export: 'The vendors could not be exported.',
    basemap: 'The base map could not be loaded. A plain one is shown instead.',
    picture: 'The picture could not be created.',
    location: 'Your location could not be shown.',
    map: 'The map could not be drawn.',
    details: 'Details',
    requirement: 'This page requires a browser with WebGL 2.',
    empty: 'No density layer is published yet.',
    unknownLine: 'Business lines not on this map:',
    unknownCity: (city: string, shown: string) => `This map has no city “${city}”. ${shown} is shown instead.`,
    unknownWindow: (window: string, shown: string) =>
      `This map has no period “${window}”. The following is shown instead: ${shown}.`,
  },
};

const fa: typeof en = {
  errors: {
    catalog: 'فهرست نقشه‌ها بارگیری نشد.',
    dataset: 'لایهٔ تراکم بارگیری نشد.',
    compared: 'بازهٔ دوم مقایسه بارگیری نشد.',
    overlay: 'یکی از لایه‌های نقشه بارگیری نشد.',
    areaList: 'فهرست محدوده‌ها بارگیری نشد.',
    areaOrders: 'سفارش‌های محدوده‌ها بارگیری نشد.',
    timeline: 'سفارش‌های روزانه بارگیری نشد.',
    vendors: 'جدول فروشندگان بارگیری نشد.',
    tiles: 'بخش‌هایی از نقشه بارگیری نشد و آن جاها خالی است.',
    heat: 'تنظیم خودکار نقشهٔ حرارتی محاسبه نشد.',
    fit: 'نقشه روی داده‌ها تنظیم نشد.',
    config: 'پیکربندی صفحه بارگیری نشد؛ از پیکربندی پیش‌فرض استفاده شد.',
    export: 'خروجی فروشندگان ساخته نشد.',
    basemap: 'نقشهٔ زمینه بارگیری نشد؛ زمینهٔ ساده نشان داده می‌شود.',
    picture: 'تصویر ساخته نشد.',
    location: 'مکان شما نشان داده نشد.',
    map: 'نقشه ترسیم نشد.',
    details: 'جزئیات',
    requirement: 'این صفحه به مرورگری با WebGL 2 نیاز دارد.',
    empty: 'هنوز لایهٔ تراکمی منتشر نشده است.',
    unknownLine: 'رسته‌هایی که در این نقشه نیستند:',
    unknownCity: (city, shown) => `شهری با نام «${city}» در این نقشه نیست. به‌جای آن ${shown} نشان داده می‌شود.`,
    unknownWindow: (window, shown) => `بازه‌ای با نام «${window}» در این نقشه نیست. به‌جای آن ${shown} نشان داده می‌شود.`,
  },
};

export const errors = { en, fa };
