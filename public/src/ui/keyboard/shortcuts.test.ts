import { KEYS, SHORTCUTS, shortcutOf } from './shortcuts';

const bare = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };

test('each shortcut is found by its key, and no two share a key', () => {
  for (const name of SHORTCUTS) {
    const { print, code } = KEYS[name];
    const press = { ...bare, key: print.toLowerCase(), code, shiftKey: name === 'help' };
    expect(shortcutOf(press), name).toBe(name);
  }
  expect(new Set(SHORTCUTS.map((name) => KEYS[name].print)).size).toBe(SHORTCUTS.length);
});

test('shortcuts work at the same positions of a Persian keyboard', () => {
  expect(shortcutOf({ ...bare, key: 'ر', code: 'KeyV' })).toBe('vendors');
  expect(shortcutOf({ ...bare, key: '۱', code: 'Digit1' })).toBe('map1');
  expect(shortcutOf({ ...bare, key: '؟', code: 'Slash', shiftKey: true })).toBe('help');
});

test('key combinations of the browser are not shortcuts', () => {
  expect(shortcutOf({ ...bare, key: 'c', code: 'KeyC', ctrlKey: true })).toBeNull();
  expect(shortcutOf({ ...bare, key: 'f', code: 'KeyF', metaKey: true })).toBeNull();
  expect(shortcutOf({ ...bare, key: 'V', code: 'KeyV', shiftKey: true })).toBeNull();
  expect(shortcutOf({ ...bare, key: 'z', code: 'KeyZ' })).toBeNull();
});
