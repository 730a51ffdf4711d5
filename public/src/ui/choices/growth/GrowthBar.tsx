// The choices of a growth map: the other period, the scale, the lowest count, and the table of areas.

import { GROWTH_SCALES } from '@styles/growth';
import { ToggleButton } from 'react-aria-components';
import type { Days } from '../../../data/time/days';
import { DAYS_BEFORE, daysAgainst, sameDaysBefore } from '../../../data/time/growthDays';
import { fixedRange } from '../../../data/time/timeRange';
import type { Timeline } from '../../../data/timeline';
import { type Growth, MIN_COUNTS } from '../../../state/slices/growth';
import { growthRefusal } from '../../../view/range/growth';
import { Select } from '../../controls/Select';
import { useApp, useI18n, useModel, useUrl } from '../../hooks/context';
import { calendarOf, TypedDays } from '../time/TypedDays';
import './Growth.css';

interface GrowthBarProps {
  timeline: Timeline;
  range: Days;
  growth: Growth;
}

export function GrowthBar({ timeline, range, growth }: GrowthBarProps) {
  const { url } = useApp();
  const { text, format } = useI18n();
  const choose = (part: Partial<Growth>): void => url.choose({ growth: { ...growth, ...part } });
  return (
    <div className="growth-bar">
      <Periods timeline={timeline} range={range} growth={growth} choose={choose} />
      <fieldset className="presets" aria-label={text.growthScale}>
        {GROWTH_SCALES.map((scale) => (
          <ToggleButton
            key={scale}
            className="preset"
            data-scale={scale}
            isSelected={growth.scale === scale}
            onChange={() => choose({ scale })}
          >
            {text.growthScales[scale]}
          </ToggleButton>
        ))}
      </fieldset>
      <Select
        label={text.growthMin}
        name="growth-min"
        options={MIN_COUNTS.map((count) => ({
          id: String(count),
          name: text.growthMinCount(format.number(count)),
        }))}
        chosen={String(growth.minCount)}
        onChoose={(id) => choose({ minCount: MIN_COUNTS.find((count) => String(count) === id) ?? growth.minCount })}
      />
      <ToggleButton
        className="preset"
        data-action="growth-areas"
        isSelected={growth.showsAreas}
        onChange={(showsAreas) => choose({ showsAreas })}
      >
        {text.growthAreas}
      </ToggleButton>
      <Refusal />
    </div>
  );
}

function Periods({ timeline, range, growth, choose }: GrowthBarProps & { choose(part: Partial<Growth>): void }) {
  const { lang } = useUrl('lang');
  const { text } = useI18n();
  const names = { before: DAYS_BEFORE, month: sameDaysBefore(calendarOf(lang)) };
  const shown = daysAgainst(growth.against, range, timeline);
  return (
    <>
      <fieldset className="presets" aria-label={text.growthAgainst}>
        {(['before', 'month'] as const).map((preset) => (
          <ToggleButton
            key={preset}
            className="preset"
            data-against={preset}
            isDisabled={daysAgainst(names[preset], range, timeline) === null}
            isSelected={growth.against === names[preset]}
            onChange={() => choose({ against: names[preset] })}
          >
            {text.growthPeriods[preset]}
          </ToggleButton>
        ))}
      </fieldset>
      <TypedDays
        name="growth-days"
        data={timeline}
        range={shown ?? { from: timeline.from, to: timeline.from }}
        onChoose={(days) => choose({ against: fixedRange(days) })}
      />
    </>
  );
}

function Refusal() {
  const { catalog } = useModel('catalog');
  const state = useUrl('growth', 'window', 'hours', 'kind', 'lines');
  const { text } = useI18n();
  const refusal = catalog && growthRefusal(catalog, state);
  if (!refusal) return null;
  return (
    <p className="important" role="status" data-refused={refusal}>
      {text.growthRefused[refusal]}
    </p>
  );
}
