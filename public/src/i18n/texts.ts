// Every text of the page in Persian and English. Each part of the page has a file; this one joins them.

import type { Lang } from '@styles/base';
import { isDay } from '../data/time/days';
import { readMonthPreset } from '../data/time/timeRange';
import type { Format } from './format';
import { areas } from './texts/areas';
import { compare } from './texts/compare';
import { coverage } from './texts/coverage';
import { errors } from './texts/errors';
import { heat } from './texts/heat';
import { legend } from './texts/legend';
import { page } from './texts/page';
import { popup } from './texts/popup';
import { search } from './texts/search';
import { share } from './texts/share';
import { shortcuts } from './texts/shortcuts';
import { status } from './texts/status';
import { summary } from './texts/summary';
import { vendors } from './texts/vendors';
import { what } from './texts/what';
import { whenAndWhere } from './texts/whenAndWhere';

export const SECTIONS = {
  page,
  what,
  search,
  whenAndWhere,
  compare,
  vendors,
  coverage,
  areas,
  heat,
  shortcuts,
  legend,
  summary,
  popup,
  share,
  status,
  errors,
};

type Sections = typeof SECTIONS;
type Joined<T> = (T extends unknown ? (part: T) => void : never) extends (part: infer U) => void ? U : never;

/** Sections share one namespace; texts.test.ts rejects a name that two of them use. */
export type Text = Joined<Sections[keyof Sections]['en']>;

const textOf = (lang: Lang): Text =>
  Object.assign({}, ...Object.values(SECTIONS).map((section) => section[lang])) as Text;

export const TEXTS: Record<Lang, Text> = { fa: textOf('fa'), en: textOf('en') };

/** Most grades are letters; grades that are words have a Persian display name. */
export function gradeName(text: Text, grade: string): string {
  return text.gradeNames[grade] ?? grade;
}

/** The name of a business line is its key; known lines have a Persian display name. */
export function lineName(text: Text, line: string): string {
  return text.lineNames[line] ?? line;
}

/** The name of a window, by its slot. */
export function windowName(
  slot: string,
  text: Text,
  { number, days: written }: Pick<Format, 'number' | 'days'>,
): string {
  if (slot === 'all') return text.windowAll;
  if (slot === '1d') return text.windowDay;
  const days = /^(\d+)d$/.exec(slot)?.[1];
  if (days !== undefined) return text.windowDays(number(Number(days)));
  const named = readMonthPreset(slot);
  if (named) return text.monthPresets[named.preset];
  const [from = '', to = from] = slot.split('_');
  return isDay(from) && isDay(to) ? written(from, to) : slot;
}
