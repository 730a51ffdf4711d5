import { SECTIONS } from './texts';

/** The structure of a text: its strings, functions and lists. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value;
  if (Array.isArray(value)) return value.length;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part)]));
}

test('no two sections use the same name', () => {
  const names = Object.values(SECTIONS).flatMap(({ en }) => Object.keys(en));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

const one = (): string => '1';

/** Stands for any argument of a text: a word, a list or a formatter. */
const PLACEHOLDER = Object.assign(() => '1', {
  toString: one,
  join: one,
  charAt: one,
  slice: one,
  toLowerCase: one,
  *[Symbol.iterator]() {
    yield '1';
  },
});

/** Every string of a text; functions are called with placeholders. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'function') return stringsOf(value.apply(null, Array(value.length).fill(PLACEHOLDER)));
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** Words that read as a translation or have another meaning, and the terms that replace them. */
const AVOIDED = {
  fa: [
    'خانه',
    'درجه',
    'سکو',
    'پالایه',
    'کارساز',
    'برگزین',
    'گرمایی',
    'رونوشت',
    'پیوند',
    'محوی',
    'پوشانندگی',
    'درنگ',
    'کاشی',
  ],
  en: [
    'Parted by',
    'Whose vendors',
    'No longer',
    'Plain squares',
    'over target',
    'Own radii again',
    'mean of',
    'is late',
  ],
};

test('texts avoid the words that were replaced', () => {
  for (const texts of Object.values(SECTIONS)) {
    for (const lang of ['fa', 'en'] as const) {
      const found = stringsOf(texts[lang]);
      for (const word of AVOIDED[lang]) expect(found.filter((words) => words.includes(word))).toEqual([]);
    }
  }
});

test('every text exists in both languages, and every Persian text is in Persian script', () => {
  /** The title is the same in both languages, and English needs no name tables. */
  const open = ['lineNames', 'gradeNames', 'title'];
  for (const [section, { en, fa }] of Object.entries(SECTIONS)) {
    for (const [name, sentence] of Object.entries(en).filter(([name]) => !open.includes(name))) {
      const persian = (fa as Record<string, unknown>)[name];
      expect(shapeOf(persian), `${section}.${name}`).toEqual(shapeOf(sentence));
      if (typeof persian === 'string' && name !== 'switchLang') expect(persian, name).toMatch(/[؛-ی]/);
    }
  }
});
