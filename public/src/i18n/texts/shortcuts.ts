// Keyboard shortcuts.

const en = {
  keys: 'Keyboard shortcuts',
  keysHint: 'Letter keys are matched by position, so they also work with a Persian layout.',
  keysSwitch: 'Enable single-key shortcuts',
  keysMap: 'On the map: arrow keys pan, + and − zoom, Enter shows the cell in the middle, Escape closes it.',
  keyNames: {
    help: 'This list',
    search: 'Search',
    view: 'Switch between cells and heat',
    vendors: 'Show or hide vendors',
    coverage: 'Show or hide coverage',
    areas: 'Show or hide areas',
    population: 'Show or hide population',
    earlier: 'Shorter period',
    later: 'Longer period',
    play: 'Play the range of days, or stop',
    home: 'Whole city',
    fit: 'Fit to data',
    theme: 'Switch between day and night',
    lang: 'Switch between English and Persian',
  },
};

const fa: typeof en = {
  keys: 'میان‌برهای صفحه‌کلید',
  keysHint: 'کلیدهای حرفی از روی جای آن‌ها شناخته می‌شوند، پس با چیدمان فارسی هم کار می‌کنند.',
  keysSwitch: 'فعال کردن میان‌برهای تک‌کلیدی',
  keysMap:
    'روی نقشه: کلیدهای جهت جابه‌جا می‌کنند، + و − بزرگ و کوچک، Enter سلول میانی را نشان می‌دهد، Escape آن را می‌بندد.',
  keyNames: {
    help: 'همین فهرست',
    search: 'جست‌وجو',
    view: 'جابه‌جایی میان سلول‌ها و نقشهٔ حرارتی',
    vendors: 'روشن و خاموش کردن فروشندگان',
    coverage: 'روشن و خاموش کردن پوشش',
    areas: 'روشن و خاموش کردن محدوده‌ها',
    population: 'روشن و خاموش کردن جمعیت',
    earlier: 'بازهٔ کوتاه‌تر',
    later: 'بازهٔ بلندتر',
    play: 'پخش بازهٔ روزها یا توقف آن',
    home: 'نمای کل شهر',
    fit: 'نمای همهٔ داده‌ها',
    theme: 'جابه‌جایی میان روز و شب',
    lang: 'جابه‌جایی میان فارسی و انگلیسی',
  },
};

export const shortcuts = { en, fa };
