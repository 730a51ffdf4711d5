// Chooses the delivery radius: four modes, and a reset.

import { Button } from 'react-aria-components';
import { gradeRadiiOf, SLIDER_KM } from '../../data/gradeRadii';
import { gradeName } from '../../i18n/texts';
import {
  FIRST_FIXED_KM,
  FIXED_KM,
  gradeKm,
  isOwnRadius,
  OWN_RADIUS,
  PERCENT,
  RADIUS_MODES,
  type RadiusMode,
} from '../../vendors/radius';
import { LabelledSlider } from '../controls/LabelledSlider';
import { SegmentedControl } from '../controls/SegmentedControl';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

/** The initial settings of each mode. */
const FIRST: Record<RadiusMode['kind'], RadiusMode> = {
  own: OWN_RADIUS,
  fixed: { kind: 'fixed', km: FIRST_FIXED_KM },
  grade: { kind: 'grade' },
  sliders: { kind: 'sliders', km: {} },
};

export function RadiusChoice() {
  const { url } = useApp();
  const { radiusMode } = useUrl('radiusMode');
  const { text } = useI18n();
  return (
    <div className="radius-choice">
      <SegmentedControl
        label={text.radiusMode}
        name="radius-mode"
        options={RADIUS_MODES.map((id) => ({ id, name: text.radiusModes[id] }))}
        chosen={radiusMode.kind}
        onChoose={(kind) => url.choose({ radiusMode: FIRST[kind as RadiusMode['kind']] })}
      />
      <ModeSettings mode={radiusMode} onChange={(next) => url.slide('radius', { radiusMode: next })} />
      <Button
        className="quiet reset"
        data-reset="radius"
        isDisabled={isOwnRadius(radiusMode)}
        onPress={() => url.choose({ radiusMode: OWN_RADIUS })}
      >
        {text.resetRadius}
      </Button>
    </div>
  );
}

function ModeSettings({ mode, onChange }: { mode: RadiusMode; onChange(mode: RadiusMode): void }) {
  const { text, format } = useI18n();
  switch (mode.kind) {
    case 'own':
      return (
        <LabelledSlider
          label={text.radiusPercent}
          name="radius-percent"
          range={PERCENT}
          value={mode.percent}
          shown={format.percent(mode.percent / 100)}
          onChange={(percent) => onChange({ kind: 'own', percent })}
        />
      );
    case 'fixed':
      return (
        <LabelledSlider
          label={text.radiusFixed}
          name="radius-fixed"
          range={FIXED_KM}
          value={mode.km}
          shown={format.length(mode.km * 1000)}
          onChange={(km) => onChange({ kind: 'fixed', km: tenths(km) })}
        />
      );
    case 'grade':
      return <GradeRadiiList />;
    case 'sliders':
      return <GradeSliders km={mode.km} onChange={(km) => onChange({ kind: 'sliders', km })} />;
  }
}

function useGrades(): readonly string[] {
  return useModel('vendorTable').vendorTable?.names.grade ?? [];
}

function GradeRadiiList() {
  const { text, format } = useI18n();
  const radii = gradeRadiiOf(useModel('config', 'vendorTable'));
  return (
    <dl className="grade-radii">
      {useGrades().map((grade) => {
        const km = gradeKm(grade, radii);
        return (
          <div key={grade} data-grade={grade} data-value={km}>
            <dt>
              <bdi>{gradeName(text, grade)}</bdi>
            </dt>
            <dd>{format.length(km * 1000)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

interface SlidersProps {
  km: Readonly<Record<string, number>>;
  onChange(km: Record<string, number>): void;
}

function GradeSliders({ km, onChange }: SlidersProps) {
  const { text, format } = useI18n();
  const radii = gradeRadiiOf(useModel('config', 'vendorTable'));
  return useGrades().map((grade) => {
    const value = km[grade] ?? gradeKm(grade, radii);
    return (
      <LabelledSlider
        key={grade}
        label={gradeName(text, grade)}
        name={`radius-${grade}`}
        range={SLIDER_KM}
        value={value}
        shown={format.length(value * 1000)}
        onChange={(next) => onChange({ ...km, [grade]: tenths(next) })}
      />
    );
  });
}

/** Slider steps may add up to 2.3000000000000003; the URL and the circles use 2.3. */
const tenths = (km: number): number => Math.round(km * 10) / 10;
