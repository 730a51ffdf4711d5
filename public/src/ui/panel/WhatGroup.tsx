// The group "What to show": the map, the business lines, and cells or heat.

import type { View } from '@styles/density';
import { lineName } from '../../i18n/texts';
import { VIEWS } from '../../state/slices/density';
import { MultiSelect } from '../controls/MultiSelect';
import { SegmentedControl } from '../controls/SegmentedControl';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { Group } from './Group';
import { QuickMaps } from './QuickMaps';

/** Lines apply to order counts, also those of areas, and to coverage. */
export function WhatGroup() {
  const { showsDensity, overlays } = useUrl('showsDensity', 'overlays');
  return (
    <Group name="what">
      <QuickMaps />
      {(showsDensity || overlays.includes('coverage') || overlays.includes('areas')) && <LinesChoice />}
      {showsDensity && <ViewChoice />}
    </Group>
  );
}

function LinesChoice() {
  const { url } = useApp();
  const { dataset } = useModel('dataset');
  const { lines } = useUrl('lines');
  const { text } = useI18n();
  if (!dataset) return <Placeholder label={text.lines} />;
  return (
    <MultiSelect
      label={text.lines}
      name="lines"
      options={dataset.lines.filter(Boolean).map((line) => ({ id: line, name: lineName(text, line) }))}
      chosen={lines.filter((line) => dataset.lines.includes(line))}
      all={text.allLines}
      onChoose={(next) => url.choose({ lines: next })}
    />
  );
}

function Placeholder({ label }: { label: string }) {
  return (
    <div className="field">
      <span className="label">{label}</span>
      <div className="placeholder" />
    </div>
  );
}

function ViewChoice() {
  const { url } = useApp();
  const { view } = useUrl('view');
  const { text } = useI18n();
  return (
    <SegmentedControl
      label={text.view}
      name="view"
      options={VIEWS.map((id) => ({ id, name: text.views[id] }))}
      chosen={view}
      onChoose={(id) => url.choose({ view: id as View })}
    />
  );
}
