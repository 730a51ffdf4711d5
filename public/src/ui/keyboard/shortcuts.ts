// Keyboard shortcuts. Letters are matched by their position on the keyboard, so that they work in every layout.

export const SHORTCUTS = [
  'help',
  'search',
  'map1',
  'map2',
  'map3',
  'map4',
  'map5',
  'map6',
  'map7',
  'map8',
  'map9',
  'view',
  'vendors',
  'coverage',
  'areas',
  'population',
  'earlier',
  'later',
  'play',
  'home',
  'fit',
  'theme',
  'lang',
] as const;
export type Shortcut = (typeof SHORTCUTS)[number];

/** The label of the key, and its `KeyboardEvent.code`. */
export const KEYS: Record<Shortcut, { print: string; code: string }> = {
  help: { print: '?', code: 'Slash' },
  search: { print: '/', code: 'Slash' },
  map1: { print: '1', code: 'Digit1' },
  map2: { print: '2', code: 'Digit2' },
  map3: { print: '3', code: 'Digit3' },
  map4: { print: '4', code: 'Digit4' },
  map5: { print: '5', code: 'Digit5' },
  map6: { print: '6', code: 'Digit6' },
  map7: { print: '7', code: 'Digit7' },
  map8: { print: '8', code: 'Digit8' },
  map9: { print: '9', code: 'Digit9' },
  view: { print: 'H', code: 'KeyH' },
  vendors: { print: 'V', code: 'KeyV' },
  coverage: { print: 'C', code: 'KeyC' },
  areas: { print: 'A', code: 'KeyA' },
  population: { print: 'P', code: 'KeyP' },
  earlier: { print: '[', code: 'BracketLeft' },
  later: { print: ']', code: 'BracketRight' },
  play: { print: 'Space', code: 'Space' },
  home: { print: '0', code: 'Digit0' },
  fit: { print: 'F', code: 'KeyF' },
  theme: { print: 'T', code: 'KeyT' },
  lang: { print: 'L', code: 'KeyL' },
};

type Press = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>;

/** Keys with Control, Alt or Meta belong to the browser. Shift is used only for the question mark. */
export function shortcutOf({ key, code, shiftKey, ctrlKey, altKey, metaKey }: Press): Shortcut | null {
  if (ctrlKey || altKey || metaKey) return null;
  if (key === '?' || key === '؟') return 'help';
  if (shiftKey) return null;
  // Layouts with the slash on another key report the same `key`.
  if (key === '/') return 'search';
  return SHORTCUTS.find((name) => name !== 'help' && KEYS[name].code === code) ?? null;
}

/** Elements in which keys type text or move through a list. */
const TYPING =
  'input:not([type=radio], [type=checkbox], [type=range]), textarea, [role=listbox], [role=grid], [role=menu], [role=spinbutton]';

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPING) !== null;
}

/** Elements that the space bar presses. */
const PRESSED =
  'a, button, input, label, summary, select, [role=slider], [role=option], [role=radio], [role=row], [role=button]';

export function isPressedBySpace(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(PRESSED) !== null;
}
