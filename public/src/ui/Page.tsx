// The page over the map: panel, legend, status and the small controls at the edges.

import { I18nProvider } from 'react-aria-components';
import { CellPopup } from './CellPopup';
import { useUrl } from './context';
import { EmptyNotice } from './EmptyNotice';
import { FeaturePopup } from './FeaturePopup';
import { Freshness } from './Freshness';
import { Legend } from './Legend';
import { MapButtons, ScaleBar } from './MapControls';
import { Notices } from './Notices';
import { OverlayLegend } from './OverlayLegend';
import { Panel } from './Panel';
import { LoadingBar } from './Status';

export function Page() {
  const { lang } = useUrl();
  return (
    <I18nProvider locale={lang === 'fa' ? 'fa-IR' : 'en-US'}>
      <LoadingBar />
      <div className="top">
        <Freshness />
        <Notices />
        <EmptyNotice />
      </div>
      <Panel />
      <div className="corner">
        <MapButtons />
        <Legend />
        <OverlayLegend />
      </div>
      <ScaleBar />
      <CellPopup />
      <FeaturePopup />
    </I18nProvider>
  );
}
