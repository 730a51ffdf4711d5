// How coverage is drawn.

import { type CoverageAppearance, PLAIN_COVERAGE } from '@styles/coverage';
import { numberIn, put } from './params';

export interface CoverageChoice {
  coverageAppearance: CoverageAppearance;
}

export const OPACITIES = { min: 0.1, max: 1, step: 0.05 } as const;
export const BLURS = { min: 0, max: 1, step: 0.05 } as const;
export const POINT_SIZES = { min: 0.2, max: 2, step: 0.1 } as const;

export function parseCoverage(params: URLSearchParams): CoverageChoice {
  return {
    coverageAppearance: {
      opacity: numberIn(params.get('cover-opacity'), OPACITIES) ?? PLAIN_COVERAGE.opacity,
      blur: numberIn(params.get('cover-blur'), BLURS) ?? PLAIN_COVERAGE.blur,
      size: numberIn(params.get('cover-size'), POINT_SIZES) ?? PLAIN_COVERAGE.size,
    },
  };
}

export function putCoverage(params: URLSearchParams, { coverageAppearance }: CoverageChoice): void {
  for (const part of ['opacity', 'blur', 'size'] as const) {
    put(params, `cover-${part}`, String(coverageAppearance[part]), String(PLAIN_COVERAGE[part]));
  }
}
