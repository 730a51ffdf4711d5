// Every filter that acts on what is shown, one chip each. A chip says what it filters and how the filter is removed.

import { EVERY_VENDOR, FACETS, type Facet, FLAGS, type VendorFilter } from '@styles/vendorFilter';
import { parseHours } from '../data/time/hours';
import { hoursName } from '../i18n/hoursName';
import type { I18n } from '../i18n/i18n';
import { lineName, windowName } from '../i18n/texts';
import { CLASSED, type Classed } from '../state/slices/legend';
import type { State } from '../state/state';
import { shownFilter } from '../vendors/activeFilter';
import { isOwnRadius, OWN_RADIUS } from '../vendors/radius';
import { areaDrawing, densityDrawing } from './fills';
import type { Model } from './model';
import { vendorValueName } from './summary';

export interface Chip {
  /** Unique among the chips; tests and React use it. */
  id: string;
  label: string;
  /** The choice that removes the filter; `null` where something must be chosen, such as a period. */
  without: Partial<State> | null;
}

/** Lines and the period first, then vendors. Nothing is listed that does not change a figure on the screen. */
export function chipsOf(
  state: State,
  model: Pick<Model, 'config' | 'dataset' | 'vendorTable' | 'areaList'>,
  i18n: I18n,
): Chip[] {
  return [
    ...lineChips(state, model, i18n),
    ...windowChips(state, model, i18n),
    ...hourChips(state, model, i18n),
    ...growthChips(state, model, i18n),
    ...vendorChips(state, model, i18n),
    ...classChips(state, i18n),
  ];
}

/** The popup and the list of areas count orders and vendors, whatever colours the areas. */
const countsOrders = ({ showsDensity, overlays }: State): boolean => showsDensity || overlays.includes('areas');
const countsVendors = ({ overlays }: State): boolean =>
  (['vendors', 'coverage', 'areas'] as const).some((overlay) => overlays.includes(overlay));

function lineChips(state: State, { dataset }: Pick<Model, 'dataset'>, { text }: I18n): Chip[] {
  if (!(countsOrders(state) || state.overlays.includes('coverage'))) return [];
  const known = state.lines.filter((line) => dataset?.lines.includes(line) ?? true);
  return known.map((line) => ({
    id: `line ${line}`,
    label: lineName(text, line),
    without: { lines: state.lines.filter((other) => other !== line) },
  }));
}

/** The default period cannot be removed: some period always acts. */
function windowChips(
  state: State,
  { config, dataset }: Pick<Model, 'config' | 'dataset'>,
  { text, format }: I18n,
): Chip[] {
  const slot = dataset?.layer.slot;
  if (!(slot && countsOrders(state))) return [];
  const { window } = config.defaults;
  const isDefault = window === null || slot === window;
  return [{ id: 'window', label: windowName(slot, text, format), without: isDefault ? null : { window } }];
}

function hourChips(state: State, { dataset }: Pick<Model, 'dataset'>, { text, format }: I18n): Chip[] {
  const hours = parseHours(state.hours);
  if (!(hours && dataset?.range && countsOrders(state))) return [];
  return [{ id: 'hours', label: hoursName(hours, state.lang, text, format), without: { hours: null } }];
}

function growthChips({ growth }: State, { dataset }: Pick<Model, 'dataset'>, { text, format }: I18n): Chip[] {
  const before = growth && dataset?.growth?.before;
  if (!before) return [];
  const label = `${text.growthAgainst} ${format.days(before.from, before.to)}`;
  return [{ id: 'growth', label, without: { growth: null } }];
}

function vendorChips(state: State, model: Pick<Model, 'vendorTable' | 'areaList'>, i18n: I18n): Chip[] {
  if (!countsVendors(state)) return [];
  const chosen = state.vendorFilter;
  const filter = shownFilter(chosen, model.vendorTable);
  const without = (part: Partial<VendorFilter>): Partial<State> => ({ vendorFilter: { ...chosen, ...part } });
  const { text, format } = i18n;
  const more: Chip[] = [];
  if (filter.type !== EVERY_VENDOR.type) {
    more.push({ id: 'type', label: text.vendorTypes[filter.type], without: without({ type: EVERY_VENDOR.type }) });
  }
  if (filter.codes.length > 0) {
    const label = text.summaryCodes(format.number(filter.codes.length));
    more.push({ id: 'codes', label, without: without({ codes: [] }) });
  }
  if (filter.availability > 0) {
    const label = text.summaryAvailability(format.percent(filter.availability));
    more.push({ id: 'availability', label, without: without({ availability: EVERY_VENDOR.availability }) });
  }
  return [
    ...facetChips(filter, chosen, i18n),
    ...flagChips(filter, chosen, i18n),
    ...more,
    ...radiusChips(state, i18n),
    ...areaChips(state, model, i18n),
  ];
}

function facetChips({ only }: VendorFilter, chosen: VendorFilter, i18n: I18n): Chip[] {
  const { text, format } = i18n;
  const labelOf = (facet: Facet, values: readonly string[]): string =>
    `${text.vendorFacets[facet]}: ${format.list(values.map((value) => vendorValueName(facet, value, i18n)))}`;
  return FACETS.flatMap((facet) => {
    const values = only[facet] ?? [];
    if (values.length === 0) return [];
    const rest = { ...chosen, only: { ...chosen.only, [facet]: [] } };
    return [{ id: facet, label: labelOf(facet, values), without: { vendorFilter: rest } }];
  });
}

function flagChips({ flags }: VendorFilter, chosen: VendorFilter, { text }: I18n): Chip[] {
  return FLAGS.flatMap((flag) => {
    const wanted = flags[flag];
    if (wanted === undefined) return [];
    const label = `${text.vendorFlags[flag]}: ${wanted ? text.yes : text.no}`;
    return [
      { id: flag, label, without: { vendorFilter: { ...chosen, flags: { ...chosen.flags, [flag]: undefined } } } },
    ];
  });
}

/** Radii change what is covered and which circles are drawn, but not which vendors are counted. */
function radiusChips({ radiusMode, overlays }: State, { text, format }: I18n): Chip[] {
  if (isOwnRadius(radiusMode) || !(overlays.includes('vendors') || overlays.includes('coverage'))) return [];
  const size =
    radiusMode.kind === 'own'
      ? format.percent(radiusMode.percent / 100)
      : radiusMode.kind === 'fixed'
        ? format.length(radiusMode.km * 1000)
        : text.summaryRadii[radiusMode.kind];
  return [{ id: 'radius', label: `${text.radiusMode}: ${size}`, without: { radiusMode: OWN_RADIUS } }];
}

/** Classes of a legend that the map is limited to; what is listed and counted stays the same. */
function classChips(state: State, { text, format }: I18n): Chip[] {
  const drawn: Record<Classed, boolean> = {
    density: state.growth === null && state.view === 'cells' && densityDrawing(state) !== 'none',
    coverage: state.overlays.includes('coverage'),
    areas: areaDrawing(state) !== 'none',
  };
  return CLASSED.flatMap((layer) => {
    const shown = state.shownClasses[layer];
    if (!(shown && drawn[layer])) return [];
    const { [layer]: _, ...others } = state.shownClasses;
    const label = text.classesOnMap(text.classedLayers[layer], format.list(shown.map((i) => format.number(i + 1))));
    return [{ id: `classes ${layer}`, label, without: { shownClasses: others } }];
  });
}

/** With more areas than these, one chip stands for all of them. */
const MAX_NAMED = 4;

function areaChips({ vendorFilter }: State, { areaList }: Pick<Model, 'areaList'>, { text, format }: I18n): Chip[] {
  const { areas } = vendorFilter;
  const without = (rest: readonly number[]): Partial<State> => ({ vendorFilter: { ...vendorFilter, areas: rest } });
  if (areas.length > MAX_NAMED) {
    return [
      { id: 'areas', label: text.summaryInAreas(format.number(areas.length), areas.length), without: without([]) },
    ];
  }
  const nameOf = (id: number): string => areaList?.areas.find((area) => area.id === id)?.name ?? '…';
  return areas.map((id) => ({
    id: `area ${id}`,
    label: nameOf(id),
    without: without(areas.filter((other) => other !== id)),
  }));
}
