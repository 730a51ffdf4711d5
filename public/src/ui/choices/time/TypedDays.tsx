// The range as typed days, in the calendar of the page or in the other one. Enter, or leaving the fields, applies it.

import { type CalendarDate, GregorianCalendar, parseDate, toCalendar } from '@internationalized/date';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import {
  Button,
  DateInput,
  DateRangePicker,
  DateSegment,
  type DateValue,
  Group,
  I18nProvider,
} from 'react-aria-components';
import { CALENDARS, type Calendar, type Days } from '../../../data/time/days';
import { useI18n, useUrl } from '../../hooks/context';

export const calendarOf = (lang: 'fa' | 'en'): Calendar => (lang === 'fa' ? 'persian' : 'gregorian');

const GREGORIAN = new GregorianCalendar();
const IDENTIFIERS: Record<Calendar, string> = { persian: 'persian', gregorian: 'gregory' };

interface TypedProps {
  /** For tests. */
  name?: string;
  data: Days;
  range: Days;
  onChoose(range: Days): void;
}

interface Typed {
  start: DateValue;
  end: DateValue;
}

export function TypedDays({ name = 'days', data, range, onChoose }: TypedProps) {
  const { lang } = useUrl('lang');
  const { text } = useI18n();
  const [calendar, setCalendar] = useState<Calendar | null>(null);
  const typed = useRef<Typed | null>(null);
  const shown = calendar ?? calendarOf(lang);
  const other = CALENDARS.find((one) => one !== shown) ?? shown;
  const box = useRef<HTMLDivElement>(null);
  const apply = useEffectEvent((): void => {
    const days = typed.current && daysOf(typed.current);
    typed.current = null;
    if (days && days.from <= days.to && days.to >= data.from && days.from <= data.to) onChoose(days);
  });
  // React Aria keeps the key events of its segments to itself.
  useEffect(() => {
    const fields = box.current;
    const onKey = ({ key }: KeyboardEvent): void => {
      if (key === 'Enter') apply();
    };
    const onLeave = ({ relatedTarget }: FocusEvent): void => {
      if (!(relatedTarget instanceof Node && fields?.contains(relatedTarget))) apply();
    };
    fields?.addEventListener('keydown', onKey);
    fields?.addEventListener('focusout', onLeave);
    return () => {
      fields?.removeEventListener('keydown', onKey);
      fields?.removeEventListener('focusout', onLeave);
    };
  }, []);
  const locale = `${lang === 'fa' ? 'fa-IR' : 'en-US'}-u-ca-${IDENTIFIERS[shown]}`;
  return (
    <div ref={box} className="typed-days">
      <I18nProvider locale={locale}>
        <DateRangePicker
          // Another range starts the fields again.
          key={`${range.from} ${range.to} ${shown}`}
          aria-label={text.rangeOfDays}
          defaultValue={{ start: parseDate(range.from), end: parseDate(range.to) }}
          onChange={(value) => {
            typed.current = value;
          }}
          data-choice={name}
        >
          <Group className="date-range">
            <DateInput slot="start" className="date-input">
              {(segment) => <DateSegment segment={segment} className="date-segment" />}
            </DateInput>
            <span aria-hidden="true">–</span>
            <DateInput slot="end" className="date-input">
              {(segment) => <DateSegment segment={segment} className="date-segment" />}
            </DateInput>
          </Group>
        </DateRangePicker>
      </I18nProvider>
      <Button className="quiet small" data-calendar={other} onPress={() => setCalendar(other)}>
        {text.otherCalendar[other]}
      </Button>
    </div>
  );
}

function daysOf({ start, end }: Typed): Days {
  const iso = (day: DateValue): string => toCalendar(day as CalendarDate, GREGORIAN).toString();
  return { from: iso(start), to: iso(end) };
}
