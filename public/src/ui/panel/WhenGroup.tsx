// The group "When": the period. Where the server lists days, the timeline chooses it; on phones the timeline is here.

import { lazy, Suspense } from 'react';
import { chooseLayer } from '../../data/catalog';
import { offeredWindows } from '../../data/timeline';
import { windowName } from '../../i18n/texts';
import { Select } from '../controls/Select';
import { useApp, useHasTimeline, useI18n, useIsPhone, useModel, useUrl } from '../hooks/context';
import { Group } from './Group';
import { WindowPlayer } from './WindowPlayer';

/** Loaded on phones only. */
const TimeBar = lazy(() => import('../choices/time/TimeBar'));

export function WhenGroup() {
  const hasTimeline = useHasTimeline();
  return <Group name="when">{hasTimeline ? <Range /> : <PublishedWindows />}</Group>;
}

function Range() {
  const isPhone = useIsPhone();
  const { dataset } = useModel('dataset');
  const { format } = useI18n();
  if (!isPhone) return dataset && <p className="hint">{format.days(dataset.layer.from, dataset.layer.to)}</p>;
  return (
    <Suspense>
      <TimeBar />
    </Suspense>
  );
}

function PublishedWindows() {
  const { catalog } = useModel('catalog');
  const { text } = useI18n();
  const isInternal = catalog?.layers.some(({ layer }) => layer === 'density');
  return (
    <>
      <WindowChoice />
      <WindowPlayer />
      {catalog && <p className="hint no-timeline">{isInternal ? text.timelineMissing : text.noTimeline}</p>}
    </>
  );
}

function WindowChoice() {
  const { url } = useApp();
  const { catalog } = useModel('catalog');
  const { window: chosen } = useUrl('window');
  const { text, format } = useI18n();
  const layers = catalog ? offeredWindows(catalog) : [];
  return (
    <Select
      label={text.window}
      name="window"
      options={layers.map(({ slot }) => ({ id: slot, name: windowName(slot, text, format) }))}
      chosen={chooseLayer(layers, chosen)?.slot ?? null}
      onChoose={(window) => url.choose({ window })}
    />
  );
}
