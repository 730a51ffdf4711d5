// The comparison of two maps.

const en = {
  compare: 'Compare side by side',
  compareHint: 'Splits the map to compare it with another measure or period. Drag the divider to move it.',
  compareKind: 'Right side shows',
  compareWindow: 'Period on the right',
  sameWindow: 'Same period',
  sameSides: 'Both sides show the same map.',
  divider: 'Divider between the two sides',
  dividerAt: (share: string) => `${share} of the map is on the left`,
  sides: { main: 'Left', compared: 'Right' },
};

const fa: typeof en = {
  compare: 'مقایسهٔ کنار هم',
  compareHint: 'نقشه را دو نیم می‌کند تا با معیار یا بازه‌ای دیگر مقایسه شود. برای جابه‌جایی، خط میانی را بکشید.',
  compareKind: 'سمت راست نشان می‌دهد',
  compareWindow: 'بازهٔ سمت راست',
  sameWindow: 'همان بازه',
  sameSides: 'هر دو سمت یک نقشه را نشان می‌دهند.',
  divider: 'خط میان دو سمت',
  dividerAt: (share) => `${share} از نقشه در سمت چپ است`,
  sides: { main: 'چپ', compared: 'راست' },
};

export const compare = { en, fa };
