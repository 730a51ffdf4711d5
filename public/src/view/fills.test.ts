import { parseState } from '../state/state';
import { areaDrawing, densityDrawing } from './fills';

const drawings = (hash: string) => {
  const state = parseState(hash, { lang: 'en', theme: 'day' });
  return [densityDrawing(state), areaDrawing(state)];
};

test('one layer fills the map, and the lower ones are outlines', () => {
  for (const [hash, density, areas] of [
    ['', 'fill', 'none'],
    ['#over=areas', 'fill', 'none'],
    ['#over=vendors&over=population', 'fill', 'none'],
    ['#over=coverage', 'outlines', 'none'],
    ['#over=areas&fill=orders', 'outlines', 'fill'],
    ['#over=coverage&over=areas&fill=orders', 'outlines', 'outlines'],
    ['#over=coverage&over=areas&fill=orders&density=off', 'none', 'outlines'],
    ['#over=coverage&view=heat', 'none', 'none'],
    ['#view=heat', 'fill', 'none'],
  ] as const) {
    expect(drawings(hash), hash).toEqual([density, areas]);
  }
});
