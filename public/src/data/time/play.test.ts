import type { Days } from './days';
import { type Film, firstPicture, nextPicture } from './play';

const data = { from: '2026-10-01', to: '2026-10-31' };

function pictures(range: Days, film: Film): string[] {
  const shown: string[] = [];
  let next: Days | null = firstPicture(range, film, data);
  while (next) {
    shown.push(`${next.from.slice(8)}-${next.to.slice(8)}`);
    next = nextPicture(next, film, data);
  }
  return shown;
}

test('a moving window keeps its length and stays inside the data', () => {
  const range = { from: '2026-10-08', to: '2026-10-14' };
  expect(pictures(range, { mode: 'moving', step: 7 })).toEqual(['08-14', '15-21', '22-28']);
  expect(pictures(range, { mode: 'moving', step: 1 })).toHaveLength(18);
});

test('a window at the end starts again with the first days', () => {
  const range = { from: '2026-10-25', to: '2026-10-31' };
  expect(pictures(range, { mode: 'moving', step: 7 })).toEqual(['01-07', '08-14', '15-21', '22-28']);
});

test('a growing window keeps its first day and ends with the data', () => {
  const range = { from: '2026-10-12', to: '2026-10-14' };
  expect(pictures(range, { mode: 'growing', step: 7 })).toEqual(['12-18', '12-25', '12-31']);
});
