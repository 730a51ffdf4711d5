// The legend: its classes and notes.

const en = {
  legend: 'Legend',
  overlayLegend: 'Overlay legend',
  classLabels: ['lowest', 'low', 'modest', 'medium', 'high', 'very high', 'highest'],
  range: (from: string, to: string) => `${from} – ${to}`,
  andMore: (from: string) => `${from} or more`,
  classedLayers: { density: 'density classes', coverage: 'coverage classes', areas: 'area classes' },
  onlyClass: 'show only this on the map',
  cellsInView: (n: string) => `cells in view: ${n}`,
  areasInClass: (n: string) => `areas: ${n}`,
  classesOnMap: (layer: string, classes: string) => `Only on the map: ${layer} ${classes}`,
  cellSize: (length: string) => `Cells are about ${length} wide`,
  busiest: (n: string) => `Busiest cell: ${n}`,
  /** `city` is the name of the city whose cells count; `null` for all. */
  limitsNote: (city: string | null) =>
    `Class limits are the 25th, 50th, 75th, 90th, 95th and 99th percentiles of ${city === null ? 'all cells' : `the cells of ${city}`} at this zoom.`,
  severalLines: 'Class limits are those of the busiest selected line.',
  boundsNote:
    'One person may order from several lines, so the users of several lines cannot be added up. The colours show the minimum. The true number lies between the largest line and the sum of the lines, and is never more than all users. Click a cell to see both bounds.',
  withheld: (users: string) =>
    `Cells with fewer than ${users} users, and sometimes a neighbour, are withheld. Where cells are missing, zoom out: larger cells may still include them.`,
  withheldDrawn: (users: string) =>
    `Cells with fewer than ${users} users, and sometimes a neighbour, are withheld. Their orders are drawn together in a larger, paler cell, with the colours of that cell’s zoom.`,
  untold: 'Withheld: the cell is shown, but not the chosen lines',
  asOutlines: 'Drawn as outlines, because another layer fills the map.',
  few: 'few',
  many: 'many',
  heatFull: (n: string) => `Cells with ${n} or more have full weight; smaller counts weigh less.`,
  heatClassic: (low: string, high: string) => `Logarithmic weights: zero at ${low}, full at ${high} or more.`,
};

const fa: typeof en = {
  legend: 'راهنما',
  overlayLegend: 'راهنمای لایه‌های رویی',
  classLabels: ['کمترین', 'کم', 'نسبتاً کم', 'متوسط', 'زیاد', 'بسیار زیاد', 'بیشترین'],
  range: (from, to) => `${from} تا ${to}`,
  andMore: (from) => `${from} و بیشتر`,
  classedLayers: { density: 'رده‌های تراکم', coverage: 'رده‌های پوشش', areas: 'رده‌های محدوده‌ها' },
  onlyClass: 'روی نقشه فقط این را نشان بده',
  cellsInView: (n) => `سلول در نمای کنونی: ${n}`,
  areasInClass: (n) => `محدوده: ${n}`,
  classesOnMap: (layer, classes) => `فقط روی نقشه: ${layer} ${classes}`,
  cellSize: (length) => `پهنای هر سلول حدود ${length}`,
  busiest: (n) => `شلوغ‌ترین سلول: ${n}`,
  limitsNote: (city: string | null) =>
    `مرز رده‌ها صدک‌های ۲۵، ۵۰، ۷۵، ۹۰، ۹۵ و ۹۹ ${city === null ? 'همهٔ سلول‌ها' : `سلول‌های ${city}`} در این بزرگ‌نمایی است.`,
  severalLines: 'مرز رده‌ها از پرسفارش‌ترین رستهٔ انتخاب‌شده است.',
  boundsNote:
    'یک نفر می‌تواند از چند رسته سفارش دهد، پس کاربران چند رسته را نمی‌توان جمع کرد. رنگ‌ها کمترین مقدار ممکن را نشان می‌دهند. مقدار درست میان بزرگ‌ترین رسته و جمع رسته‌هاست و از همهٔ کاربران بیشتر نیست. برای دیدن هر دو کران، سلولی را انتخاب کنید.',
  withheld: (users) =>
    `سلول‌هایی که کمتر از ${users} کاربر دارند، و گاه سلولی همسایه، نشان داده نمی‌شوند. جایی که سلولی نیست، نقشه را کوچک‌تر کنید: شاید سلول‌های بزرگ‌تر آن را در بر داشته باشند.`,
  withheldDrawn: (users) =>
    `سلول‌هایی که کمتر از ${users} کاربر دارند، و گاه سلولی همسایه، جدا نشان داده نمی‌شوند. سفارش‌هایشان با هم در سلولی بزرگ‌تر و کم‌رنگ‌تر آمده است، با رنگ‌های بزرگ‌نمایی همان سلول.`,
  untold: 'پنهان‌شده: سلول پیداست، ولی رسته‌های انتخاب‌شده نه',
  asOutlines: 'به شکل خط دور سلول‌ها، چون لایهٔ دیگری نقشه را پر کرده است.',
  few: 'کم',
  many: 'زیاد',
  heatFull: (n) => `سلولی با ${n} یا بیشتر وزن کامل دارد؛ سلول‌های خلوت‌تر وزن کمتری دارند.`,
  heatClassic: (low, high) => `وزن لگاریتمی: ${low} بی‌وزن است و ${high} یا بیشتر وزن کامل دارد.`,
};

export const legend = { en, fa };
