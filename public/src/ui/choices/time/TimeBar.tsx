// The timeline under the map. Loaded after the controls, and only where the server lists days.

import { type RefObject, useEffect, useRef, useState } from 'react';
import { type Days, lengthOf } from '../../../data/time/days';
import { fixedRange } from '../../../data/time/timeRange';
import type { Timeline } from '../../../data/timeline';
import { cityNameOf, linesOf } from '../../../view/summary';
import { useApp, useI18n, useModel, useUrl } from '../../hooks/context';
import { GrowthBar } from '../growth/GrowthBar';
import { GrowthButton } from '../growth/GrowthButton';
import { DayBars } from './DayBars';
import { HourPresets } from './HourPresets';
import { HoursButton } from './HoursButton';
import { PlayControls } from './PlayControls';
import { Presets } from './Presets';
import { TypedDays } from './TypedDays';
import { useLiveRange } from './useLiveRange';
import { FIRST_SETTINGS, usePlay } from './usePlay';
import { useCounted, useShownDays, useShownPlace, useTimeline } from './useTimeline';
import './TimeBar.css';

export default function TimeBar() {
  const timeline = useTimeline();
  const shown = useShownDays();
  return timeline && shown ? <Bar timeline={timeline} shown={shown} /> : null;
}

function Bar({ timeline, shown }: { timeline: Timeline; shown: Days }) {
  const { url } = useApp();
  const { growth } = useUrl('growth');
  const { text, format } = useI18n();
  const [dragged, setDragged] = useState<Days | null>(null);
  const data: Days = { from: timeline.from, to: timeline.to };
  const range = dragged ?? shown;
  const live = useLiveRange();
  const drag = (days: Days): void => {
    setDragged(days);
    void live.show(days);
  };
  const choose = (days: Days): void => {
    setDragged(null);
    live.settle();
    if (days.from === shown.from && days.to === shown.to) return;
    url.choose({ window: fixedRange(days) });
  };
  const [settings, setSettings] = useState(FIRST_SETTINGS);
  const show = (next: Days): Promise<void> => {
    setDragged(next);
    return live.show(next);
  };
  const player = usePlay({ data, range: shown, live, settings, onShow: show, onStop: choose });
  const days = lengthOf(range);
  return (
    <section ref={useHeight()} className="timebar card" aria-label={text.timeline}>
      <div className="timebar-head">
        <Presets timeline={timeline} />
        <TypedDays data={data} range={range} onChoose={choose} />
        <HourPresets />
        <HoursButton range={shown} />
        <GrowthButton />
      </div>
      {growth && <GrowthBar timeline={timeline} range={shown} growth={growth} />}
      <OrderBars data={data} range={range} onDrag={drag} onChoose={choose} />
      <div className="timebar-foot muted">
        <PlayControls player={player} live={live} settings={settings} onChange={setSettings} />
        <span className="chosen-days">
          {format.days(range.from, range.to)} · {text.dayCount(format.number(days), days === 1)}
        </span>
        <MarkKeys />
      </div>
    </section>
  );
}

/** What is above the timeline makes room for it, however many lines its choices take. */
function useHeight(): RefObject<HTMLElement | null> {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const { style } = document.documentElement;
    const watch = new ResizeObserver(() => style.setProperty('--timebar', `${bar.current?.offsetHeight ?? 0}px`));
    if (bar.current?.closest('.timebar-dock')) watch.observe(bar.current);
    return () => {
      watch.disconnect();
      style.removeProperty('--timebar');
    };
  }, []);
  return bar;
}

interface OrderBarsProps {
  data: Days;
  range: Days;
  onDrag(range: Days): void;
  onChoose(range: Days): void;
}

/** Orders a day of the city or the chosen area, of the chosen lines. */
function OrderBars({ data, range, onDrag, onChoose }: OrderBarsProps) {
  const { dataset, catalog } = useModel('dataset', 'catalog');
  const state = useUrl('lines', 'city', 'lang');
  const i18n = useI18n();
  const place = useShownPlace();
  const key = JSON.stringify([place.id, state.lines, data]);
  const orders = useCounted(key, ({ client, base }, city) =>
    client.days(
      city,
      place.id,
      data,
      state.lines.filter((line) => base.lines.includes(line)),
    ),
  );
  const where = place.name ?? cityNameOf(state, catalog);
  const lines = (dataset && linesOf(state, dataset, i18n)) ?? i18n.text.allLines;
  return (
    <DayBars
      data={data}
      orders={orders ?? []}
      label={i18n.text.ordersByDay(where, lines)}
      range={range}
      onDrag={onDrag}
      onChoose={onChoose}
    />
  );
}

function MarkKeys() {
  const { catalog } = useModel('catalog');
  const { text } = useI18n();
  const hasQuiet = (catalog?.holidays.length ?? 0) > 0;
  return (
    <span className="mark-keys">
      <span data-kind="weekend">{text.weekend}</span>
      {hasQuiet && <span data-kind="quiet">{text.quietDay}</span>}
    </span>
  );
}
