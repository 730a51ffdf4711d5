import vectors from '../../../data/coverage-packed.json';
import { packCounts, unpackCounts } from './packed';

test('the shared texts mean what they say', () => {
  for (const { text, counts } of vectors) {
    expect(unpackCounts(text).map(({ line, grade, vendors }) => [line, grade, vendors])).toEqual(counts);
    expect(packCounts(unpackCounts(text))).toBe(text);
  }
});

test('a letter that is none is refused', () => {
  expect(() => unpackCounts('A!')).toThrow('!');
});
