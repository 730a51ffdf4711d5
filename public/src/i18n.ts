// Every sentence of the page in Persian and English: one file for each part of the page, joined here.

import type { Lang } from '@styles/base';
import { areas } from './i18n/areas';
import { compare } from './i18n/compare';
import { coverage } from './i18n/coverage';
import { errors } from './i18n/errors';
import { keys } from './i18n/keys';
import { legend } from './i18n/legend';
import { look } from './i18n/look';
import { page } from './i18n/page';
import { popup } from './i18n/popup';
import { search } from './i18n/search';
import { share } from './i18n/share';
import { status } from './i18n/status';
import { summary } from './i18n/summary';
import { vendors } from './i18n/vendors';
import { what } from './i18n/what';
import { when } from './i18n/when';
import { where } from './i18n/where';

export const SECTIONS = {
  page,
  what,
  where,
  search,
  when,
  compare,
  vendors,
  coverage,
  areas,
  look,
  keys,
  legend,
  summary,
  popup,
  share,
  status,
  errors,
};

type Sections = typeof SECTIONS;
type Joined<T> = (T extends unknown ? (part: T) => void : never) extends (part: infer U) => void ? U : never;

/** Sections share one namespace; i18n.test.ts finds a name that two of them use. */
export type Text = Joined<Sections[keyof Sections]['en']>;

const textOf = (lang: Lang): Text =>
  Object.assign({}, ...Object.values(SECTIONS).map((section) => section[lang])) as Text;

export const TEXTS: Record<Lang, Text> = { fa: textOf('fa'), en: textOf('en') };

/** Grades are letters; the two that are words have a Persian name for display. */
export function gradeName(text: Text, grade: string): string {
  return text.gradeNames[grade] ?? grade;
}

/** A business line's name is the join key; known ones have a Persian name for display. */
export function lineName(text: Text, line: string): string {
  return text.lineNames[line] ?? line;
}
