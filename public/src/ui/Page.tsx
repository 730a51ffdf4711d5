// The controls over the map: panel, legend, status, map buttons.

import { lazy, Suspense } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useHasTimeline, useI18n, useIsPhone, useModel, useUrl } from './hooks/context';
import { Legends } from './legend/Legend';
import { OverlayLegend } from './legend/OverlayLegend';
import { Compare } from './map/Compare';
import { MapButtons, ScaleBar } from './map/MapControls';
import { Panel } from './panel/Panel';
import { ShareButtons } from './share/ShareButtons';
import { EmptyNotice } from './status/EmptyNotice';
import { Freshness } from './status/Freshness';
import { Notices } from './status/Notices';
import { Person } from './status/Person';
import { LoadingBar, OfflineChip } from './status/Status';

/** Loaded after the controls, because its figures are counted. */
const Figures = lazy(() => import('./status/Figures'));
/** Loaded after the controls, and only where the server lists days. */
const TimeBar = lazy(() => import('./choices/time/TimeBar'));
/** Loaded after the controls. */
const Hover = lazy(() => import('./map/Hover'));
/** Loaded after the controls, for a first visit. */
const Questions = lazy(async () => ({ default: (await import('./questions/Questions')).Questions }));
/** Loaded with the first pick. */
const CellPopup = lazy(async () => ({ default: (await import('./popup/CellPopup')).CellPopup }));
const FeaturePopup = lazy(async () => ({ default: (await import('./popup/FeaturePopup')).FeaturePopup }));
/** Loaded on demand, because few users open the table. */
const VendorList = lazy(async () => ({ default: (await import('./lists/VendorList')).VendorList }));

/** Loaded on demand. */
const GrowthAreas = lazy(() => import('./choices/growth/GrowthAreas'));

export function Page() {
  const { lang, showsTable, growth } = useUrl('lang', 'showsTable', 'growth');
  const { text } = useI18n();
  return (
    <I18nProvider locale={lang === 'fa' ? 'fa-IR' : 'en-US'}>
      <LoadingBar />
      <section className="top" aria-label={text.overview}>
        <div className="top-line">
          <Suspense>
            <Figures />
          </Suspense>
          <Freshness />
        </div>
        <OfflineChip />
        <Person />
        <Notices />
        <EmptyNotice />
      </section>
      <Panel />
      <div className="corner">
        <MapButtons />
        <ShareButtons />
        <Legends />
        <OverlayLegend />
      </div>
      <TimeDock />
      <ScaleBar />
      <Suspense>
        <Questions />
      </Suspense>
      <Compare />
      {showsTable && (
        <Suspense>
          <VendorList />
        </Suspense>
      )}
      {growth?.showsAreas && (
        <Suspense>
          <GrowthAreas growth={growth} />
        </Suspense>
      )}
      <Popups />
      <Suspense>
        <Hover />
      </Suspense>
    </I18nProvider>
  );
}

/** On phones the timeline is in the panel. */
function TimeDock() {
  const hasTimeline = useHasTimeline();
  const isPhone = useIsPhone();
  if (!hasTimeline || isPhone) return null;
  return (
    <div className="timebar-dock">
      <Suspense>
        <TimeBar />
      </Suspense>
    </div>
  );
}

function Popups() {
  const { picked, pickedFeature } = useModel('picked', 'pickedFeature');
  return (
    <Suspense>
      {picked && <CellPopup />}
      {pickedFeature && <FeaturePopup />}
    </Suspense>
  );
}
