import { parseCodes } from './codes';

test('codes are parsed with any separator and with digits of both scripts', () => {
  expect(parseCodes(' a1b2c3,d4;e5\n۶۷۸، ٩a؛ a1b2c3 ')).toEqual(['a1b2c3', 'd4', 'e5', '678', '9a']);
  expect(parseCodes(' ,;\n')).toEqual([]);
});
