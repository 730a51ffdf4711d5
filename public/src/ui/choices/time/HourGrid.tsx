// Orders by weekday and hour: read, and brushed with the pointer or with Shift and the arrow keys.

import { type CSSProperties, type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Days } from '../../../data/time/days';
import { EVERY_WEEKDAY, formatHours, HOURS_PER_DAY, type Hours, hourMask, parseHours } from '../../../data/time/hours';
import { weekdayName } from '../../../i18n/hoursName';
import { cityOf } from '../../../view/model';
import { useApp, useI18n, useModel, useUrl } from '../../hooks/context';
import { useCounted } from './useTimeline';

interface Corner {
  weekday: number;
  hour: number;
}

/** The weekdays in the order of the page: a Persian week begins on Saturday. */
const WEEKS = { fa: [5, 6, 0, 1, 2, 3, 4], en: EVERY_WEEKDAY } as const;

export function HourGrid({ range }: { range: Days }) {
  const { url } = useApp();
  const { lines, lang, hours } = useUrl('lines', 'lang', 'hours');
  const { text } = useI18n();
  const week = useWeek(range, lines);
  const choose = (chosen: Hours | null): void => {
    const next = chosen && parseHours(formatHours(chosen)) ? formatHours(chosen) : null;
    url.choose({ hours: next });
  };
  return (
    <div className="hours">
      <h2>{text.hoursOf}</h2>
      <Grid week={week} order={WEEKS[lang]} chosen={parseHours(hours)} onChoose={choose} />
      <p className="muted">{text.hoursHint}</p>
      {hours !== null && (
        <>
          <p className="muted">{text.noUsersByHour}</p>
          <Button className="quiet small" onPress={() => choose(null)}>
            {text.hourPresets.all}
          </Button>
        </>
      )}
    </div>
  );
}

/** Orders by hour of the week, of the city and the chosen lines; empty until they are counted. */
function useWeek(range: Days, lines: readonly string[]): readonly number[] {
  const { catalog } = useModel('catalog');
  const state = useUrl('city');
  const bounds = catalog && cityOf(catalog, state)?.bounds;
  const key = bounds ? JSON.stringify(['hours', range, lines]) : null;
  const week = useCounted(key, ({ client, base }) => {
    const known = lines.filter((line) => base.lines.includes(line));
    return bounds ? client.hoursOfWeek(bounds, range, known) : Promise.resolve([]);
  });
  return week ?? [];
}

interface GridProps {
  week: readonly number[];
  /** The weekdays from top to bottom. */
  order: readonly number[];
  chosen: Hours | null;
  onChoose(hours: Hours): void;
}

function Grid({ week, order, chosen, onChoose }: GridProps) {
  const { lang } = useUrl('lang');
  const { text, format } = useI18n();
  const [brush, setBrush] = useState<{ from: Corner; to: Corner } | null>(null);
  const grid = useRef<HTMLFieldSetElement>(null);
  const busiest = Math.max(...week, 1);
  const mask = maskOf(brush ? between(brush.from, brush.to, order) : chosen);
  const cornerAt = ({ clientX, clientY }: PointerEvent): Corner | null =>
    cornerOf(document.elementFromPoint(clientX, clientY));
  const extend = (event: PointerEvent): void => {
    const to = brush && cornerAt(event);
    if (brush && to) setBrush({ ...brush, to });
  };
  const finish = (): void => {
    if (brush) onChoose(between(brush.from, brush.to, order));
    setBrush(null);
  };
  const press = (event: KeyboardEvent): void => {
    const at = cornerOf(event.target as Element);
    if (!at) return;
    const next = stepped(at, event.key, order, lang === 'fa');
    if (next) {
      event.preventDefault();
      grid.current?.querySelector<HTMLElement>(`[data-weekday="${next.weekday}"][data-hour="${next.hour}"]`)?.focus();
      if (event.shiftKey) setBrush({ from: brush?.from ?? at, to: next });
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onChoose(between(brush?.from ?? at, brush?.to ?? at, order));
      setBrush(null);
    }
  };
  return (
    <fieldset
      ref={grid}
      className="hour-grid"
      aria-label={text.hoursOf}
      onPointerDown={(event) => {
        const at = cornerAt(event);
        if (at) setBrush({ from: at, to: at });
      }}
      onPointerMove={extend}
      onPointerUp={finish}
      onPointerCancel={() => setBrush(null)}
      onKeyDown={press}
    >
      <div className="hour-row" aria-hidden="true">
        <span />
        {HOURS.map((hour) => (
          <span key={hour}>{hour % LABELLED === 0 ? format.number(hour) : ''}</span>
        ))}
      </div>
      {order.map((weekday, row) => (
        <div key={weekday} className="hour-row">
          <span>{weekdayName(weekday, lang, 'short')}</span>
          {HOURS.map((hour) => {
            const orders = week[weekday * HOURS_PER_DAY + hour] ?? 0;
            const words = text.hourCell(weekdayName(weekday, lang, 'long'), format.number(hour), format.number(orders));
            return (
              <button
                key={hour}
                type="button"
                className="hour"
                tabIndex={row === 0 && hour === 0 ? 0 : -1}
                aria-label={words}
                aria-pressed={mask[weekday * HOURS_PER_DAY + hour] ?? false}
                title={words}
                data-weekday={weekday}
                data-hour={hour}
                data-orders={orders}
                style={{ '--share': `${Math.round((100 * orders) / busiest)}%` } as CSSProperties}
              />
            );
          })}
        </div>
      ))}
    </fieldset>
  );
}

const HOURS = Array.from({ length: HOURS_PER_DAY }, (_, hour) => hour);
/** One hour of this many has a label. */
const LABELLED = 3;

const maskOf = (hours: Hours | null): boolean[] => (hours ? hourMask(hours) : []);

function cornerOf(element: Element | null): Corner | null {
  const { weekday, hour } = (element?.closest('[data-weekday]') as HTMLElement | null)?.dataset ?? {};
  return weekday === undefined || hour === undefined ? null : { weekday: Number(weekday), hour: Number(hour) };
}

/** The rectangle between two corners, with the weekdays as they are drawn. */
function between(a: Corner, b: Corner, order: readonly number[]): Hours {
  const rows = [order.indexOf(a.weekday), order.indexOf(b.weekday)].toSorted((x, y) => x - y);
  const [first = 0, last = 0] = [a.hour, b.hour].toSorted((x, y) => x - y);
  const weekdays = order.slice(rows[0], (rows[1] ?? 0) + 1).toSorted((x, y) => x - y);
  return { weekdays, first, last };
}

function stepped({ weekday, hour }: Corner, key: string, order: readonly number[], isRtl: boolean): Corner | null {
  const row = order.indexOf(weekday);
  const sideways: Record<string, number> = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1 };
  const vertical: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
  const [byHour, byRow] = [sideways[key] ?? 0, vertical[key] ?? 0];
  if (byHour === 0 && byRow === 0) return null;
  const next = { weekday: order[row + byRow], hour: hour + byHour };
  return next.weekday === undefined || !HOURS.includes(next.hour) ? null : { weekday: next.weekday, hour: next.hour };
}
