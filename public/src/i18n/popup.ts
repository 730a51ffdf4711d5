// What a popup says of a cell, a vendor or an area.

const en = {
  facts: {
    code: 'Code',
    platform: 'Platform',
    grade: 'Grade',
    radius: 'Delivery radius',
    cluster: 'More vendors here',
    population: 'Inhabitants',
    density: 'Inhabitants per km²',
    covering: 'Covering vendors',
    mean: 'Covering vendors (mean of the cells below)',
    target: 'Target',
    ratio: 'Ratio',
    activeVendors: 'Vendors',
    perTenThousand: 'Vendors per 10,000 inhabitants',
    ordersOf: (range: string) => `Orders, ${range}`,
    usersOf: (range: string) => `Distinct users, ${range}`,
    byPlatform: 'Vendors by platform',
    byGrade: 'Vendors by grade',
    byGradeOf: (line: string) => `Vendors by grade, ${line}`,
    byLine: 'Vendors by line',
  },
  cell: 'Cell',
  unknown: 'Unknown',
  share: 'share',
  line: 'Line',
  chosenUsers: 'Users in the chosen lines',
  between: (least: string, most: string) => `${least} to ${most}`,
  withheldOrders: 'Orders of withheld places',
  withheldWhy: (rest: string, of: string, users: string) =>
    `This cell has ${of} orders. Of these, ${rest} were made in places with fewer than ${users} users each, or in a neighbour that is withheld so that theirs cannot be worked out. They are told only together, for ${users} users or more.`,
};

const fa: typeof en = {
  facts: {
    code: 'کد',
    platform: 'سکو',
    grade: 'رتبه',
    radius: 'شعاع ارسال',
    cluster: 'فروشندگان دیگر در اینجا',
    population: 'جمعیت',
    density: 'نفر در کیلومتر مربع',
    covering: 'فروشندگان پوشش‌دهنده',
    mean: 'فروشندگان پوشش‌دهنده (میانگین خانه‌های ریزتر)',
    target: 'هدف',
    ratio: 'نسبت به هدف',
    activeVendors: 'فروشندگان',
    perTenThousand: 'فروشنده برای هر ۱۰٬۰۰۰ نفر',
    ordersOf: (range) => `سفارش‌ها، ${range}`,
    usersOf: (range) => `کاربران یکتا، ${range}`,
    byPlatform: 'فروشندگان هر سکو',
    byGrade: 'فروشندگان هر رتبه',
    byGradeOf: (line) => `فروشندگان هر رتبه، ${line}`,
    byLine: 'فروشندگان هر رسته',
  },
  cell: 'خانه',
  unknown: 'نامشخص',
  share: 'سهم',
  line: 'رسته',
  chosenUsers: 'کاربران رسته‌های انتخاب‌شده',
  between: (least, most) => `${least} تا ${most}`,
  withheldOrders: 'سفارش جاهای نشان‌داده‌نشده',
  withheldWhy: (rest, of, users) =>
    `این خانه ${of} سفارش دارد. ${rest} سفارش از جاهایی است که هر یک کمتر از ${users} کاربر دارد، یا از همسایه‌ای که پنهان مانده تا شمار آن‌ها از تفریق به دست نیاید. این سفارش‌ها تنها با هم و برای دست‌کم ${users} کاربر گفته می‌شوند.`,
};

export const popup = { en, fa };
