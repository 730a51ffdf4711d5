// Orders a day as bars, with the range as a window over them that is drawn, dragged and moved by keyboard.

import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { weekendOf } from '../../../data/config';
import { type Days, dayNumber, dayOf, weekdayOf } from '../../../data/time/days';
import { holidaysIn } from '../../../data/time/holidays';
import { useI18n, useModel, useUrl } from '../../hooks/context';

interface BarsProps {
  /** All days of the data. */
  data: Days;
  orders: readonly number[];
  label: string;
  range: Days;
  /** While the pointer moves. */
  onDrag(range: Days): void;
  /** When it is released, and after each key. */
  onChoose(range: Days): void;
}

type Grip = 'from' | 'to' | 'both' | 'new';

export function DayBars({ data, orders, label, range, onDrag, onChoose }: BarsProps) {
  const { lang } = useUrl('lang');
  const { text, format } = useI18n();
  const box = useRef<HTMLDivElement>(null);
  const drag = useRef<{ grip: Grip; at: number; start: Days; now: Days } | null>(null);
  const isRtl = lang === 'fa';
  const [first, last] = [dayNumber(data.from), dayNumber(data.to)];
  const days = last - first + 1;
  const dayAt = (event: PointerEvent): number => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    const share = (event.clientX - left) / width;
    const at = Math.floor((isRtl ? 1 - share : share) * days);
    return first + Math.min(Math.max(at, 0), days - 1);
  };
  const begin = (event: PointerEvent): void => {
    const grip = ((event.target as HTMLElement).closest('[data-grip]') as HTMLElement | null)?.dataset.grip as
      | Grip
      | undefined;
    const at = dayAt(event);
    const now = grip ? range : { from: dayOf(at), to: dayOf(at) };
    drag.current = { grip: grip ?? 'new', at, start: now, now };
    box.current?.setPointerCapture(event.pointerId);
    if (!grip) onDrag(now);
  };
  const move = (event: PointerEvent): void => {
    const { current } = drag;
    if (!current) return;
    const now = moved(current.grip, current.start, dayAt(event) - current.at, data);
    if (now.from === current.now.from && now.to === current.now.to) return;
    current.now = now;
    onDrag(now);
  };
  const end = (): void => {
    const { current } = drag;
    drag.current = null;
    if (current) onChoose(current.now);
  };
  const press = (grip: Grip) => (event: KeyboardEvent) => {
    const by = stepOf(event, isRtl, days);
    if (by === null) return;
    event.preventDefault();
    onChoose(moved(grip, range, by, data));
  };
  const place = (day: string): number => (dayNumber(day) - first) / days;
  const [from, to] = [place(range.from), place(range.to) + 1 / days];
  const slider = (grip: 'from' | 'to', name: string, day: string) => (
    <div
      className="handle"
      data-grip={grip}
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-valuemin={first}
      aria-valuemax={last}
      aria-valuenow={dayNumber(day)}
      aria-valuetext={format.days(day, day)}
      style={{ insetInlineStart: `${(grip === 'from' ? from : to) * 100}%` }}
      onKeyDown={press(grip)}
    />
  );
  return (
    <div
      ref={box}
      className="day-bars"
      data-from={range.from}
      data-to={range.to}
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <Bars data={data} orders={orders} label={label} range={range} />
      <div
        className="brush"
        data-grip="both"
        role="slider"
        tabIndex={0}
        aria-label={text.moveRange}
        aria-valuemin={first}
        aria-valuemax={last}
        aria-valuenow={dayNumber(range.from)}
        aria-valuetext={format.days(range.from, range.to)}
        style={{ insetInlineStart: `${from * 100}%`, inlineSize: `${(to - from) * 100}%` }}
        onKeyDown={press('both')}
      />
      {slider('from', text.rangeStart, range.from)}
      {slider('to', text.rangeEnd, range.to)}
    </div>
  );
}

function Bars({ data, orders, label, range }: Pick<BarsProps, 'data' | 'orders' | 'label' | 'range'>) {
  const { config, catalog } = useModel('config', 'catalog');
  const { text, format } = useI18n();
  const weekend = weekendOf(config);
  const first = dayNumber(data.from);
  const busiest = Math.max(...orders, 1);
  const quiet = holidaysIn(catalog?.holidays ?? [], data.from, data.to);
  const days = Array.from({ length: dayNumber(data.to) - first + 1 }, (_, i) => dayOf(first + i));
  const kindOf = (day: string): 'quiet' | 'weekend' | 'plain' => {
    if (quiet.some(({ from, to }) => from <= day && day <= to)) return 'quiet';
    return weekend.includes(weekdayOf(dayNumber(day))) ? 'weekend' : 'plain';
  };
  return (
    <div className="bars" role="img" aria-label={label}>
      {days.map((day, i) => {
        const count = orders[i] ?? 0;
        const kind = kindOf(day);
        const marks = kind === 'plain' ? '' : ` (${kind === 'quiet' ? text.quietDay : text.weekend})`;
        return (
          <span
            key={day}
            className="day"
            data-day={day}
            data-orders={count}
            data-kind={kind}
            data-in={range.from <= day && day <= range.to}
            title={text.ordersOn(format.days(day, day), format.number(count)) + marks}
          >
            <i style={{ blockSize: `${(100 * count) / busiest}%` }} />
          </span>
        );
      })}
    </div>
  );
}

/** The number of days that a key moves; `null` for any other key. */
function stepOf({ key, shiftKey }: KeyboardEvent, isRtl: boolean, days: number): number | null {
  const forwards = isRtl ? 'ArrowLeft' : 'ArrowRight';
  const backwards = isRtl ? 'ArrowRight' : 'ArrowLeft';
  const step = shiftKey ? WEEK : 1;
  if (key === forwards || key === 'ArrowUp') return step;
  if (key === backwards || key === 'ArrowDown') return -step;
  const jumps: Record<string, number> = { PageUp: WEEK, PageDown: -WEEK, Home: -days, End: days };
  return jumps[key] ?? null;
}

const WEEK = 7;

/** The range after its end, its start or all of it is moved. It stays inside the data, and keeps one day. */
export function moved(grip: Grip, start: Days, by: number, data: Days): Days {
  const [first, last] = [dayNumber(data.from), dayNumber(data.to)];
  const [from, to] = [dayNumber(start.from), dayNumber(start.to)];
  const within = (day: number, low: number, high: number): string => dayOf(Math.min(Math.max(day, low), high));
  switch (grip) {
    case 'from':
      return { from: within(from + by, first, to), to: start.to };
    case 'to':
      return { from: start.from, to: within(to + by, from, last) };
    case 'both': {
      const step = Math.min(Math.max(by, first - from), last - to);
      return { from: dayOf(from + step), to: dayOf(to + step) };
    }
    case 'new':
      return { from: within(Math.min(from, to + by), first, last), to: within(Math.max(to, from + by), first, last) };
  }
}
