import { EVERY_CLASS, parseLegend, putLegend, toggleClass } from './legend';

const hashOf = (shownClasses: ReturnType<typeof parseLegend>['shownClasses']): string => {
  const params = new URLSearchParams();
  putLegend(params, { shownClasses });
  return params.toString();
};

test('a class is added, removed, and without any left all are shown', () => {
  const one = toggleClass(EVERY_CLASS, 'density', 4);
  const two = toggleClass(one, 'density', 2);
  expect(two).toEqual({ density: [2, 4] });
  expect(toggleClass(two, 'areas', 1)).toEqual({ density: [2, 4], areas: [1] });
  expect(toggleClass(one, 'density', 4)).toEqual(EVERY_CLASS);
});

test('the shown classes round-trip through the URL, without invalid classes', () => {
  const shown = { density: [0, 3], coverage: [7] };
  expect(parseLegend(new URLSearchParams(hashOf(shown))).shownClasses).toEqual(shown);
  expect(hashOf(EVERY_CLASS)).toBe('');
  expect(parseLegend(new URLSearchParams('class-density=x -1 99 2 2.5 2')).shownClasses).toEqual({ density: [2] });
});
