import { formatHours, hourMask, LUNCH, parseHours, weekendHours } from './hours';

test('a choice of hours is read back', () => {
  for (const hours of [LUNCH, weekendHours([3, 4]), { weekdays: [0], first: 23, last: 23 }]) {
    expect(parseHours(formatHours(hours))).toEqual(hours);
  }
});

test('other texts, and every hour of the week, choose nothing', () => {
  for (const text of [null, '', '7@1-2', '0@5-4', '0@1-24', '@1-2', '0123456@0-23'])
    expect(parseHours(text)).toBeNull();
});

test('the mask has the chosen hours of the week', () => {
  const mask = hourMask({ weekdays: [1, 6], first: 2, last: 3 });
  expect(mask.flatMap((isChosen, hour) => (isChosen ? [hour] : []))).toEqual([26, 27, 146, 147]);
});
