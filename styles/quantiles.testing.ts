// Quantiles for tests: seven classes at each of ten zooms, with higher limits at lower zooms.

import type { Quantiles } from './classes';

const KEYS = ['orders', 'organic', 'nonorganic', 'users', 'l0', 'u0', 'u1'];
const AT_DEEPEST = [1, 1, 2, 4, 8, 16, 32, 64, 900];

export const quantiles: Quantiles = {
  probabilities: [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1],
  minzoom: 5,
  maxzoom: 14,
  byZoom: Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => {
      const values = AT_DEEPEST.map((n) => n * (10 - i));
      return [String(5 + i), Object.fromEntries(KEYS.map((key) => [key, values]))];
    }),
  ),
};
