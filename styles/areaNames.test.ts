import { nameExpression, withoutBrackets } from './areaNames';
import { evaluate } from './evaluate.testing';

test('brackets in names are replaced by a dash', () => {
  for (const [name, written] of [
    ['گیشا (کوی نصر)', 'گیشا – کوی نصر'],
    ['شهرک[غرب] شمالی', 'شهرک – غرب شمالی'],
    ['ونک', 'ونک'],
  ] as const) {
    expect(withoutBrackets(name)).toBe(written);
  }
});

test('an area has its own name unless a replacement is given', () => {
  const names = nameExpression(new Map([[7, 'گیشا – کوی نصر']]));
  expect(evaluate(names, { id: 7, name: 'گیشا (کوی نصر)' })).toBe('گیشا – کوی نصر');
  expect(evaluate(names, { id: 8, name: 'ونک' })).toBe('ونک');
  expect(evaluate(nameExpression(new Map()), { id: 8, name: 'ونک' })).toBe('ونک');
});
