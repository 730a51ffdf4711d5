// The freshness of the map: a chip with a summary, which opens the table of builds.

import { lazy, Suspense, useEffect, useState } from 'react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { buildsOf, healthOf, nextDueOf, PUBLIC_AGE_DAYS, sourcesOf, staleDataDays } from '../../data/freshness';
import { holdOf } from '../../data/holds';
import { holidaysIn } from '../../data/time/holidays';
import { useApp, useI18n, useModel } from '../hooks/context';
import { HoldNotice } from './HoldNotice';

/** Loaded on demand. */
const BuildTable = lazy(() => import('./BuildTable'));

const MINUTE_MS = 60_000;

export function Freshness() {
  const now = useMinutes();
  return (
    <>
      <FreshnessChip now={now} />
      <HoldNotice now={now} />
    </>
  );
}

function FreshnessChip({ now }: { now: number }) {
  const { catalog, dataset, isReachable, config } = useModel('catalog', 'dataset', 'isReachable', 'config');
  const { text, format } = useI18n();
  if (!(catalog && dataset)) return null;
  const { from, to, built_at: builtAt, layer, job } = dataset.layer;
  const hold = holdOf(catalog.holds, job, now);
  const hasHolidays = holidaysIn(catalog.holidays, from, to).length > 0;
  const builds = buildsOf(catalog, now);
  const health = healthOf(builds, isReachable, now);
  const due = nextDueOf(builds);
  const expectedDays = layer === 'density-public' ? PUBLIC_AGE_DAYS : undefined;
  const age = staleDataDays(to, now, config.time_zone, expectedDays);
  const ageText = age !== null && text.dataAge(format.number(age));
  return (
    <DialogTrigger>
      <Button
        className="chip-data card"
        data-map={catalog.number}
        data-layer={layer}
        data-health={health}
        data-old={age !== null}
      >
        <span className="health" aria-hidden="true" />
        <span className="hidden">{text.health[health]}</span>
        <span className="days">
          {text.data('')}
          <time dateTime={`${from}/${to}`}>{format.days(from, to)}</time>
        </span>
        {hasHolidays && <span data-holidays={true}>{text.hasHolidays}</span>}
        {ageText && (
          <strong className="age" data-age={age}>
            {ageText}
          </strong>
        )}
        <time dateTime={builtAt}>{text.built(format.ago(builtAt, now))}</time>
        {hold ? (
          <span>{text.heldUntil(format.dayTime(hold.until))}</span>
        ) : (
          due !== null && (
            <span className="due" data-due={due}>
              {text.nextBuild(format.ago(due, now))}
            </span>
          )
        )}
        {layer === 'density-public' && <span>{text.publicLayer}</span>}
      </Button>
      <Popover className="popover builds" offset={6}>
        <Dialog aria-label={text.builds}>
          <p className="health-text" data-health={health}>
            <span className="health" aria-hidden="true" />
            {text.health[health]} {text.mapNumber(format.number(catalog.number))}
          </p>
          <Suspense>
            <BuildTable builds={builds} sources={sourcesOf(catalog, now)} now={now} />
          </Suspense>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

/** Checks for a newer map every minute while the page is visible. */
function useMinutes(): number {
  const { model } = useApp();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = (): void => {
      setNow(Date.now());
      if (document.visibilityState === 'visible') void model.refresh();
    };
    const timer = setInterval(tick, MINUTE_MS);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [model]);
  return now;
}
