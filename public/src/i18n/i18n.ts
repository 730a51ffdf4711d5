// The texts of a language, overridden by the configuration, and its number and date formats.

import type { Lang } from '@styles/base';
import { namesIn, type PageConfig } from '../data/config';
import { memoize } from '../lib/memoize';
import { type Format, formatFor } from './format';
import { TEXTS, type Text } from './texts';

export interface I18n {
  text: Text;
  format: Format;
}

/** Memoized: every component calls it, and Intl formatters are slow to create. */
export const i18nFor = memoize(
  (lang: Lang, config: PageConfig): I18n => ({
    text: ownText(lang, config),
    format: formatFor(lang, config.time_zone),
  }),
);

function ownText(lang: Lang, { theme, lines, grades, statuses, vendor_statuses: vendorStatuses }: PageConfig): Text {
  const text = TEXTS[lang];
  return {
    ...text,
    title: theme?.name[lang] ?? text.title,
    subtitle: theme?.subtitle?.[lang] ?? text.subtitle,
    lineNames: { ...text.lineNames, ...namesIn(lang, lines) },
    gradeNames: { ...text.gradeNames, ...namesIn(lang, grades) },
    statusNames: { status: namesIn(lang, statuses), vendor_status: namesIn(lang, vendorStatuses) },
  };
}
