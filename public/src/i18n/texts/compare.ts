// The comparison of two maps.

const en = {
  compare: 'Compare side by side',
  compareHint: 'The map gets a second side with another count or another period, and a line between them to move.',
  compareKind: 'Right side shows',
  compareWindow: 'Period of the right side',
  sameWindow: 'The same period',
  sameSides: 'Both sides show the same.',
  divider: 'Line between the two sides',
  dividerAt: (share: string) => `${share} of the map is the left side`,
  sides: { main: 'Left', compared: 'Right' },
};

const fa: typeof en = {
  compare: 'مقایسهٔ کنار هم',
  compareHint: 'نقشه نیمهٔ دومی با شمارش یا بازه‌ای دیگر می‌گیرد و خطی میان دو نیمه که جابه‌جا می‌شود.',
  compareKind: 'سمت راست نشان می‌دهد',
  compareWindow: 'بازهٔ سمت راست',
  sameWindow: 'همان بازه',
  sameSides: 'هر دو سمت یک چیز را نشان می‌دهند.',
  divider: 'خط میان دو سمت',
  dividerAt: (share) => `${share} نقشه سمت چپ است`,
  sides: { main: 'چپ', compared: 'راست' },
};

export const compare = { en, fa };
