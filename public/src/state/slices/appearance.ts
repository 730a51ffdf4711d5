// The heat settings, the language and the theme.

import type { Lang } from '@styles/base';
import { AUTOMATIC_HEAT, type HeatSettings } from '@styles/heat';
import type { Theme } from '@styles/tokens';
import { numberIn, oneOf, put } from './params';

export interface AppearanceState {
  heat: HeatSettings;
  lang: Lang;
  theme: Theme;
}

type AppearanceDefaults = Pick<AppearanceState, 'lang' | 'theme'>;

/** The ranges of the heat sliders. */
export const HEAT_RANGES = {
  radius: { min: 0.25, max: 3, step: 0.05 },
  blur: { min: 0, max: 1, step: 0.05 },
  maximum: { min: 0.1, max: 1, step: 0.05 },
} as const;

export function parseAppearance(params: URLSearchParams, defaults: AppearanceDefaults): AppearanceState {
  return {
    heat: {
      radius: numberIn(params.get('radius'), HEAT_RANGES.radius) ?? AUTOMATIC_HEAT.radius,
      blur: numberIn(params.get('blur'), HEAT_RANGES.blur) ?? AUTOMATIC_HEAT.blur,
      maximum: numberIn(params.get('maximum'), HEAT_RANGES.maximum) ?? AUTOMATIC_HEAT.maximum,
      weight: oneOf(params.get('weight'), ['percentile', 'classic'] as const) ?? AUTOMATIC_HEAT.weight,
    },
    lang: oneOf(params.get('lang'), ['fa', 'en'] as const) ?? defaults.lang,
    theme: oneOf(params.get('theme'), ['day', 'night'] as const) ?? defaults.theme,
  };
}

export function putAppearance(
  params: URLSearchParams,
  { heat, lang, theme }: AppearanceState,
  defaults: Partial<AppearanceDefaults>,
): void {
  put(params, 'radius', String(heat.radius), String(AUTOMATIC_HEAT.radius));
  put(params, 'blur', String(heat.blur), String(AUTOMATIC_HEAT.blur));
  put(params, 'maximum', String(heat.maximum), String(AUTOMATIC_HEAT.maximum));
  put(params, 'weight', heat.weight, AUTOMATIC_HEAT.weight);
  put(params, 'lang', lang, defaults.lang);
  put(params, 'theme', theme, defaults.theme);
}
