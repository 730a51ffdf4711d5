// I18n: the sentences of a language, with those of the configuration in their place, and its numbers and dates.

import type { Lang } from '@styles/base';
import { namesIn, type PageConfig } from '../data/config';
import { memoize } from '../lib/memoize';
import { type Format, formatFor } from './format';
import { TEXTS, type Text } from './texts';

export interface I18n {
  text: Text;
  format: Format;
}

/** Every part of the page asks; what writes numbers and dates takes the browser long to make. */
export const i18nFor = memoize(
  (lang: Lang, config: PageConfig): I18n => ({
    text: ownText(lang, config),
    format: formatFor(lang, config.time_zone),
  }),
);

function ownText(lang: Lang, { brand, lines, grades }: PageConfig): Text {
  const text = TEXTS[lang];
  return {
    ...text,
    title: brand?.name[lang] ?? text.title,
    subtitle: brand?.subtitle?.[lang] ?? text.subtitle,
    lineNames: { ...text.lineNames, ...namesIn(lang, lines) },
    gradeNames: { ...text.gradeNames, ...namesIn(lang, grades) },
  };
}
