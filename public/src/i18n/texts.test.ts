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

test('every text exists in both languages, and every Persian text is in Persian script', () => {
  /** The title is the same in both languages, and English needs no name tables. */
  const open = ['lineNames', 'gradeNames', 'title'];
  for (const [section, { en, fa }] of Object.entries(SECTIONS)) {
    for (const [name, sentence] of Object.entries(en).filter(([name]) => !open.includes(name))) {
      const persian = (fa as Record<string, unknown>)[name];
      expect(shapeOf(persian), `${section}.${name}`).toEqual(shapeOf(sentence));
      if (typeof persian === 'string' && name !== 'switchLang') expect(persian, name).toMatch(/[آ-ی]/);
    }
  }
});
