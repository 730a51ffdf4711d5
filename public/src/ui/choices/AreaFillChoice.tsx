// Chooses the fill of areas: none, one colour, or a statistic; and which vendors a statistic counts.

import { AREA_TINTS, type AreaTint, TINT_COLOURS } from '@styles/areas';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import { AREA_STATS, PLATFORMS, parseSubset, RETENTION_STATS, STAT_SOURCES } from '../../areas/areaStat';
import { unavailableReason } from '../../areas/unavailable';
import { countedSlot } from '../../data/tileJson';
import { gradeName } from '../../i18n/texts';
import { offeredFills } from '../../state/hiddenUsers';
import { AREA_FILLS, type AreaFill, chosenStat } from '../../state/slices/areas';
import type { State } from '../../state/state';
import { Select } from '../controls/Select';
import { useApp, useHasTimeline, useI18n, useModel, useUrl } from '../hooks/context';

export function AreaFillChoice() {
  const { url } = useApp();
  const { catalog, areaOrders, dataset, config } = useModel('catalog', 'areaOrders', 'dataset', 'config');
  const state = useUrl();
  const { text } = useI18n();
  const window = countedSlot(dataset);
  const reasonOf = (fill: AreaFill): ReturnType<typeof unavailableReason> => {
    const stat = AREA_STATS.find((known) => known === fill);
    return stat ? unavailableReason(stat, catalog, areaOrders, window, state.lines.length) : null;
  };
  const hasTimeline = useHasTimeline();
  // Retention is counted from the timeline only.
  const fills = offeredFills(config.hide_users).filter(
    (one) => hasTimeline || !RETENTION_STATS.some((id) => id === one),
  );
  const gaps = [...new Set(fills.flatMap((one) => reasonOf(one) ?? []))];
  const stat = chosenStat(state);
  return (
    <>
      <Select
        label={text.areaFill}
        name="area-fill"
        // The chosen fill stays in the list, so that the user sees why nothing is drawn.
        options={AREA_FILLS.filter(
          (fill) => fill === state.areaFill || (fills.includes(fill) && reasonOf(fill) === null),
        ).map((id) => ({
          id,
          name: text.areaFills[id],
        }))}
        chosen={state.areaFill}
        onChoose={(id) => url.choose(filledBy(id as AreaFill, state))}
      />
      {gaps.map((gap) => (
        <p key={gap} className="hint" data-unavailable={gap}>
          {text.statUnavailable[gap]}
        </p>
      ))}
      {state.areaFill === 'tint' && <TintChoice />}
      {stat && STAT_SOURCES[stat] === 'vendors' && <SubsetChoice />}
    </>
  );
}

/** The colours of a statistic hide density, so density is switched off with its legend. */
function filledBy(areaFill: AreaFill, { areaKinds }: State): Partial<State> {
  // Only marketing areas have targets.
  if (areaFill === 'gap')
    return { areaFill, showsDensity: false, areaKinds: [...new Set([...areaKinds, 'marketing' as const])] };
  return AREA_STATS.some((stat) => stat === areaFill) ? { areaFill, showsDensity: false } : { areaFill };
}

function TintChoice() {
  const { url } = useApp();
  const { areaTint, theme } = useUrl('areaTint', 'theme');
  const { text } = useI18n();
  return (
    <RadioGroup
      className="field"
      data-choice="area-tint"
      orientation="horizontal"
      value={areaTint}
      onChange={(tint) => url.choose({ areaTint: tint as AreaTint })}
    >
      <Label>{text.areaTint}</Label>
      <div className="tints">
        {AREA_TINTS.map((tint) => (
          <Radio
            key={tint}
            value={tint}
            className="tint"
            aria-label={text.areaTints[tint]}
            style={{ background: TINT_COLOURS[theme][tint] }}
          />
        ))}
      </div>
    </RadioGroup>
  );
}

const EVERY = 'every';

/** Limits the counted vendors to one platform or grade, in addition to the filter. */
function SubsetChoice() {
  const { url } = useApp();
  const { vendorTable } = useModel('vendorTable');
  const { areaSubset } = useUrl('areaSubset');
  const { text } = useI18n();
  const grades = vendorTable?.names.grade ?? [];
  return (
    <Select
      label={text.areaSubset}
      name="area-subset"
      options={[
        { id: EVERY, name: text.everySubset },
        ...PLATFORMS.map((name) => ({ id: `platform-${name}`, name: text.platforms[name] ?? name })),
        ...grades.map((name) => ({ id: `grade-${name}`, name: gradeName(text, name) })),
      ]}
      chosen={areaSubset ? `${areaSubset.facet}-${areaSubset.value}` : EVERY}
      onChoose={(id) => url.choose({ areaSubset: parseSubset(id) })}
    />
  );
}
