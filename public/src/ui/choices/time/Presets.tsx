// The periods that are chosen with one click. Their links stay relative to the newest day.

import { ToggleButton } from 'react-aria-components';
import { addDays } from '../../../data/time/days';
import { daysOfRange, daysPreset, MONTH_PRESETS, monthPreset, PRESET_DAYS } from '../../../data/time/timeRange';
import { chosenLayer, type Timeline } from '../../../data/timeline';
import { windowName } from '../../../i18n/texts';
import { useApp, useI18n, useModel, useUrl } from '../../hooks/context';
import { calendarOf } from './TypedDays';

export function Presets({ timeline }: { timeline: Timeline }) {
  const { url } = useApp();
  const { catalog, config } = useModel('catalog', 'config');
  const { window, hours, lang } = useUrl('window', 'hours', 'lang');
  const { text, format } = useI18n();
  const shown = catalog && chosenLayer(catalog, window, hours)?.slot;
  const calendar = calendarOf(lang);
  // The Swedish format of a date is ISO 8601.
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: config.time_zone }).format(Date.now());
  const isYesterday = addDays(today, -1) === timeline.to;
  const names = [
    ...PRESET_DAYS.map((days) => daysPreset(days)),
    ...MONTH_PRESETS.map((preset) => monthPreset(preset, calendar)),
    'all',
  ];
  const nameOf = (name: string): string =>
    name === daysPreset(1) && isYesterday ? text.yesterday : windowName(name, text, format);
  return (
    <fieldset className="presets" aria-label={text.presets}>
      {names
        .filter((name) => daysOfRange(name, timeline) !== null)
        .map((name) => (
          <ToggleButton
            key={name}
            className="preset"
            data-preset={name}
            isSelected={name === shown}
            onChange={() => url.choose({ window: name })}
          >
            {nameOf(name)}
          </ToggleButton>
        ))}
    </fieldset>
  );
}
