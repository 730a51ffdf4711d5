// The hours that are chosen with one click. A second click counts every hour again.

import { ToggleButton } from 'react-aria-components';
import { weekendOf } from '../../../data/config';
import { DINNER, formatHours, LUNCH, weekendHours } from '../../../data/time/hours';
import { useApp, useI18n, useModel, useUrl } from '../../hooks/context';

export function HourPresets() {
  const { url } = useApp();
  const { hours } = useUrl('hours');
  const { config } = useModel('config');
  const { text } = useI18n();
  const presets = { lunch: LUNCH, dinner: DINNER, weekend: weekendHours(weekendOf(config)) };
  return (
    <fieldset className="presets" aria-label={text.hours}>
      {(['lunch', 'dinner', 'weekend'] as const).map((name) => {
        const preset = formatHours(presets[name]);
        const isSelected = hours === preset;
        return (
          <ToggleButton
            key={name}
            className="preset"
            data-hours={name}
            isSelected={isSelected}
            onChange={() => url.choose({ hours: isSelected ? null : preset })}
          >
            {text.hourPresets[name]}
          </ToggleButton>
        );
      })}
    </fieldset>
  );
}
