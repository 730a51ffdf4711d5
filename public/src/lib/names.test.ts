import { normaliseName, searchKey } from './names';

test('names that look alike are normalised to the same name, as in tilegen', () => {
  for (const [typed, meant] of [
    ['ونک\u200e', 'ونک'],
    ['\u200fونک', 'ونک'],
    ['ونک\u00a0', 'ونک'],
    ['\ufeffونک', 'ونک'],
    ['سعادت\u200cآباد', 'سعادت آباد'],
    ['سعادت\u00a0 \tآباد', 'سعادت آباد'],
    ['كاشاني', 'کاشانی'],
    ['مصلى', 'مصلی'],
    [' \u200e ', ''],
  ] as const) {
    expect(normaliseName(typed), JSON.stringify(typed)).toBe(meant);
  }
});

test('search ignores the script of digits and the case of letters', () => {
  for (const typed of ['منطقه ۱۲', 'منطقه ١٢', 'منطقه 12']) expect(searchKey(typed)).toBe('منطقه 12');
  expect(searchKey('Vanak')).toBe(searchKey('vanak'));
});
