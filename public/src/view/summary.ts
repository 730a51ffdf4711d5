// The summary of what is shown: a sentence for the density, and one for each overlay.

import { OVERLAYS, type Overlay } from '@styles/overlays';
import { EVERY_VENDOR, FACETS, type Facet, FLAGS, isEveryVendor, type VendorFilter } from '@styles/vendorFilter';
import { type AreaStat, STAT_SOURCES } from '../areas/areaStat';
import type { Catalog } from '../data/catalog';
import { lineIndices } from '../data/lines';
import type { Dataset } from '../data/tileJson';
import { dayCount, type Holiday, holidaysIn } from '../data/time/holidays';
import type { I18n } from '../i18n/i18n';
import { gradeName, lineName } from '../i18n/texts';
import { sideOf } from '../state/sides';
import { chosenStat } from '../state/slices/areas';
import type { State } from '../state/state';
import { isOwnRadius } from '../vendors/radius';
import { cityOf, type Model } from './model';
import { coverageLine } from './overlayStyle';

/** A sentence and its subject, which tests and CSS use. */
export type Sentence = readonly [
  about: 'density' | 'holidays' | 'compared' | 'compared-holidays' | 'radius' | 'nothing' | Overlay,
  words: string,
];

/** `counts` are the numbers of vendors; `null` until they are known. */
export function summaryOf(
  state: State,
  model: Pick<Model, 'catalog' | 'dataset' | 'compared' | 'overlays'>,
  counts: { shown: number; all: number } | null,
  i18n: I18n,
): Sentence[] {
  const density: Sentence[] = state.showsDensity
    ? [...densitySentence(state, model, i18n), ...comparedSentence(state, model, i18n)]
    : [];
  const over = describedOverlays(state.overlays).map(
    (overlay): Sentence => [overlay, overlaySentence(overlay, state, model, counts, i18n)],
  );
  const sentences = [...density, ...over, ...radiusSentence(state, i18n)];
  if (sentences.length > 0 || state.showsDensity) return sentences;
  return [['nothing', i18n.text.summaryNothing(cityName(state, model))]];
}

type Known = Parameters<typeof summaryOf>[1];

/** Coverage counts the filtered vendors, so their sentence appears even if they are not drawn. */
function describedOverlays(shown: readonly Overlay[]): readonly Overlay[] {
  return OVERLAYS.filter((overlay) => shown.includes(overlay) || (overlay === 'vendors' && shown.includes('coverage')));
}

function radiusSentence({ overlays, radiusMode }: State, { text, format }: I18n): Sentence[] {
  const isFilterUsed = overlays.includes('vendors') || overlays.includes('coverage');
  if (!isFilterUsed || isOwnRadius(radiusMode)) return [];
  const how = text.summaryRadii[radiusMode.kind];
  switch (radiusMode.kind) {
    case 'own':
      return [['radius', text.summaryRadius(how, format.percent(radiusMode.percent / 100))]];
    case 'fixed':
      return [['radius', text.summaryRadius(how, format.length(radiusMode.km * 1000))]];
    case 'grade':
    case 'sliders':
      return [['radius', text.summaryRadius(how, null)]];
  }
}

function densitySentence(state: State, model: Known, { text, format }: I18n): Sentence[] {
  const { dataset } = model;
  if (!dataset) return [];
  const { from, to } = dataset.layer;
  const what = text.summaryCounted(text.summaryKinds[state.kind], linesOf(state, dataset, { text, format }));
  const before = state.growth && dataset.growth?.before;
  const days = format.days(from, to);
  const when = before ? text.growthDays(days, format.days(before.from, before.to)) : days;
  const counted = before ? text.growthOf(what) : what;
  const parts = [counted, cityName(state, model), when, text.summaryViews[state.view]];
  return [
    ['density', text.summaryParts(parts.filter((part) => part !== ''))],
    ...holidaySentence('holidays', holidaysOf(model, from, to), { text, format }),
  ];
}

/** The chosen lines of a layer as a list; `null` for every line. */
export function linesOf(
  state: Pick<State, 'lines'>,
  { lines }: Pick<Dataset, 'lines'>,
  { text, format }: I18n,
): string | null {
  const chosen = lineIndices(state.lines, lines).map((index) => lineName(text, lines[index] ?? ''));
  return chosen.length === 0 ? null : format.list(chosen);
}

function holidaysOf({ catalog }: Known, from: string, to: string): Holiday[] {
  return holidaysIn(catalog?.holidays ?? [], from, to);
}

/** With more holidays than these, only their names are listed. */
const MAX_DATED = 3;

function holidaySentence(
  about: 'holidays' | 'compared-holidays',
  holidays: readonly Holiday[],
  { text, format }: I18n,
): Sentence[] {
  if (holidays.length === 0) return [];
  const nameOf = ({ name }: Holiday): string => (name === null ? text.holiday : (text.holidayNames[name] ?? name));
  const listed =
    holidays.length <= MAX_DATED
      ? holidays.map((holiday) => text.holidayOn(nameOf(holiday), format.days(holiday.from, holiday.to)))
      : [...new Set(holidays.map(nameOf))];
  const days = dayCount(holidays);
  return [[about, text.holidays(format.number(days), days === 1, format.list(listed))]];
}

/** Lines, city and view are the same as on the main map. */
function comparedSentence(state: State, model: Known, { text, format }: I18n): Sentence[] {
  const { state: other, dataset } = sideOf('compared', state, model);
  if (!state.compare || !dataset) return [];
  const { from, to } = dataset.layer;
  return [
    [
      'compared',
      text.summaryCompared(
        text.summaryCounted(text.summaryKinds[other.kind], linesOf(other, dataset, { text, format })),
        format.days(from, to),
      ),
    ],
    ...holidaySentence('compared-holidays', holidaysOf(model, from, to), { text, format }),
  ];
}

const cityName = (state: State, { catalog }: Known): string => cityNameOf(state, catalog);

/** The name of the shown city in the language of the page; empty until the catalog has loaded. */
export function cityNameOf(state: Pick<State, 'city' | 'lang'>, catalog: Catalog | null): string {
  const city = catalog && cityOf(catalog, state);
  return (state.lang === 'fa' ? city?.name_fa : city?.name_en) ?? '';
}

function overlaySentence(
  overlay: Overlay,
  state: State,
  model: Known,
  counts: { shown: number; all: number } | null,
  i18n: I18n,
): string {
  const { text, format } = i18n;
  const city = cityName(state, model);
  switch (overlay) {
    case 'vendors': {
      const which = isEveryVendor(state.vendorFilter)
        ? text.summaryEveryVendor
        : format.list(describeVendorFilter(state.vendorFilter, i18n));
      if (!counts) return text.summaryVendorsUncounted(city, which);
      return text.summaryVendors(format.number(counts.shown), format.number(counts.all), city, which);
    }
    case 'coverage': {
      const { lines = [] } = model.overlays.find((tiles) => tiles.overlay === 'coverage') ?? {};
      const counted = linesOf(state, { lines }, i18n);
      const isRatio = coverageLine(state, model.overlays) !== null && counted !== null;
      return isRatio ? text.summaryCoverageRatio(city, counted) : text.summaryCoverageTotal(city, counted);
    }
    case 'areas': {
      const kinds = format.list(state.areaKinds.map((kind) => text.areaKindNames[kind]));
      const stat = chosenStat(state);
      if (!stat) return text.summaryAreas(city, kinds);
      return text.summaryAreasBy(city, kinds, text.areaFills[stat], countedBy(stat, state, model, i18n));
    }
    case 'population':
      return text.summaryPopulation(city);
  }
}

/** What a statistic of areas counts: the lines and the days of orders. Vendors have a sentence of their own. */
export function countedBy(stat: AreaStat, state: State, { dataset }: Pick<Model, 'dataset'>, i18n: I18n): string[] {
  if (!dataset) return [];
  if (STAT_SOURCES[stat] === 'targets') return [linesOf(state, dataset, i18n) ?? i18n.text.allLines];
  if (STAT_SOURCES[stat] !== 'orders') return [];
  const { from, to } = dataset.layer;
  const lines = linesOf(state, dataset, i18n) ?? i18n.text.allLines;
  return stat === 'all-users' ? [lines] : [lines, i18n.format.days(from, to)];
}

/** Describes each active part of the filter, such as "status 5". */
export function describeVendorFilter(filter: VendorFilter, i18n: I18n): string[] {
  const { text, format } = i18n;
  const facets = FACETS.flatMap((facet) => {
    const chosen = filter.only[facet] ?? [];
    if (chosen.length === 0) return [];
    const values = chosen.map((value) => vendorValueName(facet, value, i18n));
    return [text.summaryValue(text.vendorFacets[facet], format.list(values))];
  });
  const flags = FLAGS.flatMap((flag) => {
    const wanted = filter.flags[flag];
    return wanted === undefined ? [] : [text.summaryFlag(text.vendorFlags[flag], wanted)];
  });
  return [
    ...(filter.type === EVERY_VENDOR.type ? [] : [text.vendorTypes[filter.type]]),
    ...facets,
    ...flags,
    ...(filter.codes.length > 0 ? [text.summaryCodes(format.number(filter.codes.length))] : []),
    ...(filter.areas.length > 0 ? [text.summaryInAreas(format.number(filter.areas.length), filter.areas.length)] : []),
    ...(filter.availability > 0 ? [text.summaryAvailability(format.percent(filter.availability))] : []),
  ];
}

/** The display name of a facet value. */
export function vendorValueName(facet: Facet, value: string, { text, format }: I18n): string {
  switch (facet) {
    case 'line':
      return lineName(text, value);
    case 'grade':
      return gradeName(text, value);
    case 'status':
    case 'vendor_status':
      return text.statusNames[facet][value] ?? format.number(Number(value));
  }
}
