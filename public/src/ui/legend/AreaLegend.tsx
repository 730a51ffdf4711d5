// The legend of areas: the classes of the statistic with the number of areas in each, and the outlines of the kinds.

import type { AreaClass } from '@styles/areaClasses';
import { AREA_COLOURS } from '@styles/areas';
import { hasBoundsOf, isWhole, STAT_SOURCES } from '../../areas/areaStat';
import { unavailableReason } from '../../areas/unavailable';
import { lineIndices } from '../../data/lines';
import { countedSlot } from '../../data/tileJson';
import { gradeName } from '../../i18n/texts';
import { shownFilter } from '../../vendors/activeFilter';
import type { AreaView } from '../../view/areaView';
import { areaDrawing } from '../../view/fills';
import { countedBy, describeVendorFilter } from '../../view/summary';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { useAreaView } from '../hooks/useAreaView';
import { ClassRow } from './ClassRow';
import { StripClasses } from './StripClasses';

export function AreaLegend() {
  const { theme, areaKinds } = useUrl('theme', 'areaKinds');
  const { text } = useI18n();
  const view = useAreaView();
  const outlined = areaKinds.toReversed().filter((kind) => kind !== view?.kind);
  return (
    <>
      {view && <ClassList view={view} />}
      {outlined.length > 0 && (
        <ul className="classes">
          {outlined.map((kind) => (
            <li key={kind}>
              <span className={`key outline ${kind}`} style={{ borderColor: AREA_COLOURS[theme] }} />
              <span className="limits">{text.areaKindNames[kind]}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function ClassList({ view: { stat, kind, classes } }: { view: AreaView }) {
  const state = useUrl();
  const { catalog, areaOrders, dataset, vendorTable } = useModel('catalog', 'areaOrders', 'dataset', 'vendorTable');
  const i18n = useI18n();
  const { text, format } = i18n;
  const filter = { ...shownFilter(state.vendorFilter, vendorTable), areas: [] };
  const subset =
    state.areaSubset && (text.platforms[state.areaSubset.value] ?? gradeName(text, state.areaSubset.value));
  const gap = unavailableReason(stat, catalog, areaOrders, countedSlot(dataset), state.lines.length);
  if (gap) return <p className="muted">{text.statUnavailable[gap]}</p>;
  const chosen = lineIndices(state.lines, areaOrders?.lines ?? []);
  return (
    <>
      <p className="muted">
        {[text.areaKindNames[kind], text.areaFills[stat], ...countedBy(stat, state, { dataset }, i18n)].join(' · ')}
      </p>
      {(STAT_SOURCES[stat] === 'vendors' || STAT_SOURCES[stat] === 'targets') && (
        <p className="muted">
          {[...describeVendorFilter(filter, i18n), ...(subset ? [subset] : [])].join(text.listMark) ||
            text.everyVendorCounted}
        </p>
      )}
      {areaDrawing(state) === 'outlines' && <p className="important">{text.asOutlines}</p>}
      <ol className="classes" data-stat={stat}>
        {classes.classes
          .map((one, index) => (
            <AreaClassRow
              key={`${one.from}-${one.to}`}
              one={one}
              index={index}
              counts={classes.classes.map(({ ids }) => ids.length)}
              isWhole={isWhole(stat)}
            />
          ))
          .toReversed()}
        {classes.unknown.length > 0 && (
          <li data-from="unknown" data-count={classes.unknown.length}>
            <span className="key outline" style={{ borderColor: AREA_COLOURS[state.theme] }} />
            <span className="limits">{text.areaUnknown}</span>
            <span className="word">{format.number(classes.unknown.length)}</span>
          </li>
        )}
      </ol>
      {hasBoundsOf(stat, chosen) && <p className="muted">{text.minUsersNote}</p>}
    </>
  );
}

interface AreaClassRowProps {
  one: AreaClass;
  index: number;
  counts: readonly number[];
  isWhole: boolean;
}

function AreaClassRow({ one: { colour, from, to, ids }, index, counts, isWhole }: AreaClassRowProps) {
  const { text, format } = useI18n();
  const upTo = (limit: number): string =>
    isWhole
      ? limit - 1 === from
        ? format.number(from)
        : text.range(format.number(from), format.number(limit - 1))
      : text.range(format.decimal(from), text.belowLimit(format.decimal(limit)));
  const limits = to === 0 ? text.noneOfIt : to === null ? text.andMore(format.decimal(from)) : upTo(to);
  const counted = (n: number): string => text.areasInClass(format.number(n));
  return (
    <ClassRow layer="areas" index={index} colour={colour} from={from} limits={limits} counts={counts} counted={counted}>
      <span className="word">{format.number(ids.length)}</span>
    </ClassRow>
  );
}

/** The classes in one line, for the closed sheet on phones. Density takes precedence. */
export function AreaStrip() {
  const { showsDensity } = useUrl('showsDensity');
  const { text, format } = useI18n();
  const view = useAreaView();
  if (showsDensity || !view) return null;
  return (
    <div className="strip" aria-hidden="true">
      <span className="strip-title">
        {text.areaKindNames[view.kind]} · {text.areaFills[view.stat]}
      </span>
      <StripClasses rows={view.classes.classes} write={format.figure} />
    </div>
  );
}
