// The page over the map: panel, legend, status and the small controls at the edges.

import { lazy, Suspense } from 'react';
import { I18nProvider } from 'react-aria-components';
import { CellPopup } from './CellPopup';
import { Compare } from './Compare';
import { useUrl } from './context';
import { EmptyNotice } from './EmptyNotice';
import { FeaturePopup } from './FeaturePopup';
import { Freshness } from './Freshness';
import { Legends } from './Legend';
import { MapButtons, ScaleBar } from './MapControls';
import { Notices } from './Notices';
import { OverlayLegend } from './OverlayLegend';
import { Panel } from './Panel';
import { ShareButtons } from './ShareButtons';
import { LoadingBar, OfflineChip } from './Status';

/** A table is more than most readers ask for. */
const VendorList = lazy(async () => ({ default: (await import('./VendorList')).VendorList }));

export function Page() {
  const { lang, showsTable } = useUrl('lang', 'showsTable');
  return (
    <I18nProvider locale={lang === 'fa' ? 'fa-IR' : 'en-US'}>
      <LoadingBar />
      <div className="top">
        <Freshness />
        <OfflineChip />
        <Notices />
        <EmptyNotice />
      </div>
      <Panel />
      <div className="corner">
        <MapButtons />
        <ShareButtons />
        <Legends />
        <OverlayLegend />
      </div>
      <ScaleBar />
      <Compare />
      {showsTable && (
        <Suspense>
          <VendorList />
        </Suspense>
      )}
      <CellPopup />
      <FeaturePopup />
    </I18nProvider>
  );
}
