// Opens the grid of hours and says which ones are chosen.

import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { Days } from '../../../data/time/days';
import { parseHours } from '../../../data/time/hours';
import { hoursName } from '../../../i18n/hoursName';
import { useI18n, useUrl } from '../../hooks/context';
import { HourGrid } from './HourGrid';

export function HoursButton({ range }: { range: Days }) {
  const { hours, lang } = useUrl('hours', 'lang');
  const { text, format } = useI18n();
  const chosen = parseHours(hours);
  return (
    <DialogTrigger>
      <Button className="quiet small hours-button" data-chosen={chosen !== null}>
        {text.hours}: {chosen ? hoursName(chosen, lang, text, format) : text.hourPresets.all}
      </Button>
      <Popover placement="top end" className="hours-popover card">
        <Dialog aria-label={text.hoursOf}>
          <HourGrid range={range} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
