// What the areas overlay shows: the chosen statistic, the kind it is drawn for, and the value of each area.

import { type AreaClasses, areaClasses } from '@styles/areaClasses';
import { withoutBrackets } from '@styles/areaNames';
import { AREA_KINDS, AREA_RAMPS, type AreaKind, type AreaState, ZERO_COLOURS } from '@styles/areas';
import type { BasemapAreas } from '@styles/basemapAreas';
import { THEMES, type Theme } from '@styles/tokens';
import { EVERY_VENDOR } from '@styles/vendorFilter';
import type { Area } from '../areas/areaList';
import {
  type AreaStat,
  type AreaValue,
  countVendors,
  type Figures,
  retentionStat,
  STAT_SOURCES,
  statOf,
} from '../areas/areaStat';
import { countedSlot } from '../data/tileJson';
import { chosenStat } from '../state/slices/areas';
import type { State } from '../state/state';
import { shownFilter } from '../vendors/activeFilter';
import { areaDrawing } from './fills';
import type { Model } from './model';

export interface AreaView {
  stat: AreaStat;
  kind: AreaKind;
  /** All areas of the kind in the city. */
  values: readonly AreaValue[];
  classes: AreaClasses;
}

/** `null` if no statistic is chosen or the areas have not loaded. */
export function areaView(state: State, model: Model): AreaView | null {
  const stat = chosenStat(state);
  const { areaList } = model;
  if (!(stat && areaList)) return null;
  const figures = figuresOf(state, model);
  const kinds = kindsOf(state).map((kind) => ({ kind, values: valuesOf(stat, kind, areaList.areas, figures) }));
  // Some kinds have no values: marketing areas, for example, have no census. A coarser kind may have them.
  const drawn = kinds.find(({ values }) => values.some(({ value }) => value !== null)) ?? kinds[0];
  return drawn ? { stat, ...drawn, classes: classesOf(drawn.values, stat, state.theme) } : null;
}

/** The shown kinds, finest first. */
export function kindsOf({ areaKinds }: State): AreaKind[] {
  return AREA_KINDS.filter((kind) => areaKinds.includes(kind));
}

export function valuesOf(stat: AreaStat, kind: AreaKind, areas: readonly Area[], figures: Figures): AreaValue[] {
  return areas.filter((area) => area.kind === kind).map((area) => ({ area, value: statOf(stat, area, figures) }));
}

function classesOf(values: readonly AreaValue[], stat: AreaStat, theme: Theme): AreaClasses {
  const ramp = THEMES[theme].ramps[AREA_RAMPS[rampOf(stat)]];
  return areaClasses(new Map(values.map(({ area, value }) => [area.id, value])), ramp, ZERO_COLOURS[theme]);
}

function rampOf(stat: AreaStat): keyof typeof AREA_RAMPS {
  const countsUsers = stat === 'users' || stat === 'all-users' || retentionStat(stat) !== null;
  return countsUsers ? 'users' : STAT_SOURCES[stat];
}

export function figuresOf(state: State, { areaList, vendorTable, areaOrders, areaGaps, dataset }: Model): Figures {
  // After a change of city the area list and the vendor table may arrive in any order.
  const vendors = vendorTable?.city === areaList?.city ? vendorTable?.vendors : undefined;
  // Areas outside the chosen ones are counted too.
  const filter = { ...shownFilter(state.vendorFilter, vendorTable), areas: EVERY_VENDOR.areas };
  return {
    vendors: vendors ? countVendors(vendors, filter, state.areaSubset) : null,
    orders: areaOrders,
    gaps: areaGaps,
    window: countedSlot(dataset),
    lines: state.lines,
  };
}

/** The style state of areas. `written` formats a number. */
export function areaStyle(state: State, model: Model, written: (value: number) => string): AreaState {
  const view = areaView(state, model);
  return {
    areaKinds: state.areaKinds,
    theme: state.theme,
    paint: paintOf(state, view),
    chosen: chosenByKind(state.vendorFilter.areas, model.areaList?.areas ?? []),
    names: replacementNames(model),
    figures: new Map(view?.values.flatMap(({ area, value }) => (value === null ? [] : [[area.id, written(value)]]))),
  };
}

function paintOf(state: State, view: AreaView | null): AreaState['paint'] {
  if (view) {
    const isOutlined = areaDrawing(state) === 'outlines';
    const shown = state.shownClasses.areas;
    const classes = view.classes.classes.filter((_, index) => shown?.includes(index) ?? true);
    return { how: 'classes', kind: view.kind, classes: { ...view.classes, classes }, isOutlined };
  }
  const { areaFill, areaTint } = state;
  return areaFill === 'tint' ? { how: 'tint', tint: areaTint } : { how: 'none' };
}

export function chosenByKind(chosen: readonly number[], areas: readonly Area[]): Map<AreaKind, number[]> {
  const byKind = new Map<AreaKind, number[]>();
  for (const { id, kind } of areas) if (chosen.includes(id)) byKind.set(kind, [...(byKind.get(kind) ?? []), id]);
  return byKind;
}

/** Replacements for the names that the map cannot render, by area id. */
function replacementNames({ areaList }: Model): Map<number, string> {
  const names = (areaList?.areas ?? []).map(({ id, name }) => [id, name, withoutBrackets(name)] as const);
  return new Map(names.filter(([, name, written]) => name !== written).map(([id, , written]) => [id, written]));
}

/** The kinds drawn on the base map: regions and neighbourhoods where they exist. */
const BASEMAP_KINDS: readonly AreaKind[] = ['region', 'neighbourhood'];

export function basemapAreasOf({ overlays }: State, model: Model): BasemapAreas | null {
  const { areaList } = model;
  if (!areaList || areaList.areas.length === 0) return null;
  const has = (kind: AreaKind): boolean => areaList.areas.some((area) => area.kind === kind);
  const kinds = BASEMAP_KINDS.filter(has);
  return {
    kinds: kinds.length > 0 ? kinds : ['marketing'],
    isNamed: !overlays.includes('areas'),
    names: replacementNames(model),
  };
}
