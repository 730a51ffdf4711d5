// The figure of what is below the pointer, in one or two lines: the same figure that colours it.

import { countOf, isZeroTarget } from '@styles/coverage';
import { type CellAttributes, isLineWithheld, measureRange } from '@styles/measure';
import type { Dataset } from '../data/tileJson';
import type { I18n } from '../i18n/i18n';
import { lineName } from '../i18n/texts';
import { sideOf } from '../state/sides';
import type { State } from '../state/state';
import { areaView } from './areaView';
import { measureOf } from './densityStyle';
import type { Cell, Model, PickedFeature } from './model';
import { coverageLine, coverageLines } from './overlayStyle';
import { type Change, changeOfCell } from './range/growth';
import { linesOf } from './summary';

export interface Tooltip {
  /** The figure, or the name of what has none. */
  figure: string;
  label: string;
}

export function tooltipOf(
  { cell, feature, side }: { cell: Cell | null; feature: PickedFeature | null; side: 'main' | 'compared' },
  state: State,
  model: Model,
  i18n: I18n,
): Tooltip | null {
  if (cell) return cellTooltip(cell, side, state, model, i18n);
  switch (feature?.overlay) {
    case 'vendors':
      return vendorTooltip(feature.attributes, i18n);
    case 'coverage':
      return coverageTooltip(feature.attributes, state, model, i18n);
    case 'areas':
      return areaTooltip(feature.attributes, state, model, i18n);
    default:
      return null;
  }
}

function cellTooltip(cell: Cell, side: 'main' | 'compared', state: State, model: Model, i18n: I18n): Tooltip | null {
  const { text, format } = i18n;
  const { state: shown, dataset } = sideOf(side, state, model);
  if (!dataset) return null;
  const change = changeOfCell(cell.attributes, shown, dataset);
  if (change) return changeTooltip(change, shown, dataset, i18n);
  const measure = measureOf(shown, dataset);
  const { min, max } = measureRange(cell.attributes, measure);
  const isUntold = isLineWithheld(cell.attributes, measure, dataset.lines.length);
  const known = min === max ? format.number(min) : text.between(format.number(min), format.number(max));
  const figure = isUntold ? text.lineWithheld : known;
  const lines = linesOf(shown, dataset, i18n);
  const label = cell.remainderOf === null ? text.kindsLong[shown.kind] : text.withheldOrders;
  return { figure, label: lines === null ? label : `${label} · ${lines}` };
}

/** The change and both figures. */
function changeTooltip({ now, was, perDay, share }: Change, state: State, dataset: Dataset, i18n: I18n): Tooltip {
  const { text, format } = i18n;
  const percent = share === null ? text.growthIsNew : format.signedPercent(share);
  const figure = state.growth?.scale === 'percent' ? percent : `${format.signed(perDay)} (${percent})`;
  const { kind, lines } = dataset.growth ?? state;
  const what = [text.kindsLong[kind], linesOf({ lines }, dataset, i18n)].filter((part) => part !== null).join(' · ');
  return { figure, label: `${what}: ${text.growthTip(format.number(was), format.number(now))}` };
}

function vendorTooltip({ name, code, line, cluster }: CellAttributes, { text, format }: I18n): Tooltip {
  const label = typeof line === 'string' ? lineName(text, line) : text.overlayNames.vendors;
  const others = typeof cluster === 'number' ? ` · ${text.facts.cluster}: ${format.number(cluster)}` : '';
  return { figure: String(name || code || text.overlayNames.vendors), label: label + others };
}

/** Tiles leave out counts that are zero. Computed tiles have the counts of one line only as a ratio. */
function coverageTooltip(attributes: CellAttributes, state: State, model: Model, i18n: I18n): Tooltip {
  const { text, format } = i18n;
  const line = coverageLine(state, model.overlays);
  const lines = model.overlays.find(({ overlay }) => overlay === 'coverage')?.lines ?? [];
  const name = linesOf(state, { lines }, i18n);
  if (line === null) {
    const count = countOf(attributes, coverageLines(state, model.overlays));
    return { figure: format.decimal(count), label: text.coverageTotal(name) };
  }
  if (attributes[`t${line}`] === undefined) return { figure: text.noTarget, label: name ?? '' };
  if (isZeroTarget(attributes, line)) return { figure: text.zeroTarget, label: name ?? '' };
  return { figure: format.decimal(Number(attributes[`r${line}`] ?? 0)), label: text.coverageRatio(name ?? '') };
}

function areaTooltip({ id, name }: CellAttributes, state: State, model: Model, { text, format }: I18n): Tooltip {
  const view = areaView(state, model);
  const value = view?.values.find(({ area }) => area.id === Number(id))?.value ?? null;
  if (!view || value === null) return { figure: String(name ?? ''), label: '' };
  return { figure: `${String(name ?? '')}: ${format.figure(value)}`, label: text.areaFills[view.stat] };
}
