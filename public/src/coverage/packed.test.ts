import vectors from '../../../data/coverage-packed.json';
import { packCounts, unpackCounts } from './packed';

test('the shared test vectors are packed and unpacked correctly', () => {
  for (const { text, counts } of vectors) {
    expect(unpackCounts(text).map(({ line, grade, vendors }) => [line, grade, vendors])).toEqual(counts);
    expect(packCounts(unpackCounts(text))).toBe(text);
  }
});

test('an unknown letter is rejected', () => {
  expect(() => unpackCounts('A!')).toThrow('!');
});
