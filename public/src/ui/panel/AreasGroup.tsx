// The areas group: switch, kinds, fill, list and population dots.

import { AREA_KINDS } from '@styles/areas';
import { DOT_STEPS } from '@styles/population';
import { Checkbox, CheckboxGroup, Label } from 'react-aria-components';
import { DEFAULT_AREA_KINDS } from '../../state/slices/areas';
import { withOverlay } from '../../state/slices/overlays';
import { AreaFillChoice } from '../choices/AreaFillChoice';
import { OverlaySwitch, useIsPublished } from '../choices/OverlaySwitch';
import { SegmentedControl } from '../controls/SegmentedControl';
import { useApp, useI18n, useUrl } from '../hooks/context';
import { AreaRanking } from '../lists/AreaRanking';
import { Group } from './Group';

export function AreasGroup() {
  const { overlays } = useUrl('overlays');
  const { text } = useI18n();
  const hasAreas = useIsPublished('areas');
  const hasPeople = useIsPublished('population');
  if (!(hasAreas || hasPeople)) return null;
  return (
    <Group name="areas" aside={hasAreas && <OverlaySwitch overlay="areas" />}>
      {hasAreas && <AreaKindChoice />}
      {hasAreas && overlays.includes('areas') && (
        <>
          <AreaFillChoice />
          <AreaRanking />
        </>
      )}
      {hasPeople && <OverlaySwitch overlay="population" label={text.overlayNames.population} />}
      {hasPeople && overlays.includes('population') && <DotChoice />}
    </Group>
  );
}

function DotChoice() {
  const { url } = useApp();
  const { dotStep } = useUrl('dotStep');
  const { text, format } = useI18n();
  return (
    <SegmentedControl
      label={text.dots}
      name="dots"
      options={DOT_STEPS.map((step) => ({ id: String(step), name: text.oneDotIn(step, format.number(step)) }))}
      chosen={String(dotStep)}
      onChoose={(id) => url.choose({ dotStep: DOT_STEPS.find((step) => String(step) === id) ?? 1 })}
    />
  );
}

/** Clearing the last kind switches the overlay off; choosing a kind switches it on. */
function AreaKindChoice() {
  const { url } = useApp();
  const { overlays, areaKinds } = useUrl('overlays', 'areaKinds');
  const { text } = useI18n();
  const choose = (next: string[]): void => {
    const kinds = AREA_KINDS.filter((kind) => next.includes(kind));
    const isAny = kinds.length > 0;
    url.choose({
      areaKinds: isAny ? kinds : DEFAULT_AREA_KINDS,
      overlays: withOverlay(overlays, 'areas', isAny),
    });
  };
  return (
    <CheckboxGroup
      className="field"
      data-choice="areas"
      value={overlays.includes('areas') ? [...areaKinds] : []}
      onChange={choose}
    >
      <Label>{text.areaKinds}</Label>
      <div className="chips">
        {AREA_KINDS.toReversed().map((kind) => (
          <Checkbox key={kind} value={kind} className="chip">
            {text.areaKindNames[kind]}
          </Checkbox>
        ))}
      </div>
    </CheckboxGroup>
  );
}
