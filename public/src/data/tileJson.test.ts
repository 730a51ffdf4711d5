import { expect, test } from 'vitest';
import { tileTemplate } from './tileJson';

test.each([
  ['/v1/tiles/a/{z}.mvt', 'https://map.example/v1/tiles/a/{z}.mvt'],
  ['http://127.0.0.1:8080/v1/tiles/a/{z}.mvt', 'https://map.example/v1/tiles/a/{z}.mvt'],
  ['http://localhost/v1/tiles/a/{z}.mvt', 'https://map.example/v1/tiles/a/{z}.mvt'],
  ['https://[::1]:8443/v1/tiles/a/{z}.mvt', 'https://map.example/v1/tiles/a/{z}.mvt'],
  ['https://tiles.example/v1/tiles/a/{z}.mvt', 'https://tiles.example/v1/tiles/a/{z}.mvt'],
  ['https://localhost.example/v1/tiles/a/{z}.mvt', 'https://localhost.example/v1/tiles/a/{z}.mvt'],
])('the page loads the tiles of %s from %s', (template, url) => {
  expect(tileTemplate(template, 'https://map.example')).toBe(url);
});
