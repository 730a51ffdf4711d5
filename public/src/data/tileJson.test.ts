import { expect, test } from 'vitest';
import { quantilesOf, tileTemplate } from './tileJson';

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

test('a city has its own quantiles, and those of all cities where it has none', () => {
  const quantiles = { probabilities: [1], minzoom: 5, maxzoom: 5, byZoom: { '5': { orders: [9] } } };
  const own = { ...quantiles, byZoom: { '5': { orders: [4] } } };
  const dataset = { quantiles, cities: { shiraz: { quantiles: own, totals: {} } } };
  expect(quantilesOf(dataset, 'shiraz')).toBe(own);
  expect(quantilesOf(dataset, 'tehran')).toBe(quantiles);
  expect(quantilesOf(dataset, undefined)).toBe(quantiles);
});
