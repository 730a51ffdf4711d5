// Error messages.

const en = {
  errors: {
    catalog: 'The list of maps could not be loaded.',
    dataset: 'The density layer could not be loaded.',
    compared: 'The period to compare with could not be loaded.',
    overlay: 'A layer over density could not be loaded.',
    areaList: 'The list of areas could not be loaded.',
    areaOrders: 'The orders of areas could not be loaded.',
    vendors: 'The table of vendors could not be loaded.',
    tiles: 'Some tiles could not be loaded; the map has gaps there.',
    heat: 'The automatic settings of heat could not be worked out.',
    fit: 'What is shown could not be measured.',
    config: 'The configuration of the page could not be loaded; the usual one is used.',
    export: 'The vendors could not be exported.',
    basemap: 'The base map could not be loaded; the plain one is shown.',
    picture: 'The picture could not be made.',
    map: 'The map could not be drawn.',
    requirement: 'It needs a browser with WebGL 2.',
    empty: 'No density layer is published yet.',
    unknownLine: 'Not in this map:',
  },
};

const fa: typeof en = {
  errors: {
    catalog: 'فهرست نقشه‌ها بارگیری نشد.',
    dataset: 'لایهٔ تراکم بارگیری نشد.',
    compared: 'بازهٔ دوم مقایسه بارگیری نشد.',
    overlay: 'لایه‌ای روی تراکم بارگیری نشد.',
    areaList: 'فهرست محدوده‌ها بارگیری نشد.',
    areaOrders: 'سفارش‌های محدوده‌ها بارگیری نشد.',
    vendors: 'جدول فروشندگان بارگیری نشد.',
    tiles: 'برخی کاشی‌ها بارگیری نشدند؛ نقشه در آنجا خالی است.',
    heat: 'تنظیم خودکار نمای گرمایی به دست نیامد.',
    fit: 'اندازهٔ آنچه نشان داده شده به دست نیامد.',
    config: 'پیکربندی صفحه بارگیری نشد؛ پیکربندی معمول به کار رفت.',
    export: 'فهرست فروشندگان ذخیره نشد.',
    basemap: 'نقشهٔ زمینه بارگیری نشد؛ زمینهٔ ساده نشان داده می‌شود.',
    picture: 'تصویر ساخته نشد.',
    map: 'نقشه ترسیم نشد.',
    requirement: 'مرورگری با WebGL 2 لازم است.',
    empty: 'هنوز لایهٔ تراکمی منتشر نشده است.',
    unknownLine: 'در این نقشه نیست:',
  },
};

export const errors = { en, fa };
