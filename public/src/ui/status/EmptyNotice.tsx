// Explains why the view is empty and offers remedies.

import { SOURCE_LAYER } from '@styles/density';
import { DEFAULT_VENDORS } from '@styles/vendorFilter';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { offeredWindows } from '../../data/timeline';
import { type EmptyReason, emptyReasonOf } from '../../map/emptyState';
import { DENSITY_SOURCES } from '../../view/densityStyle';
import { summaryOf } from '../../view/summary';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';

export function EmptyNotice() {
  return (
    <div className="notices" role="status">
      <EmptyDensity />
      <EmptyVendors />
    </div>
  );
}

function EmptyDensity() {
  const { url, goHome } = useApp();
  const model = useModel();
  const state = useUrl();
  const i18n = useI18n();
  const reason = useEmptyReason();
  if (!reason || !state.showsDensity || !model.catalog) return null;
  const { text } = i18n;
  const [sentence] = summaryOf({ ...state, overlays: [] }, model, null, i18n);
  const longest = offeredWindows(model.catalog).at(-1)?.slot ?? null;
  const isLongest = model.dataset?.layer.slot === longest;
  return (
    <div className="notice card" data-empty={reason}>
      <p>
        {reason === 'lines' ? text.emptyLines : text.emptyHere}
        <small>{sentence?.[1]}</small>
      </p>
      {reason === 'lines' ? (
        <Button className="quiet" onPress={() => url.choose({ lines: [] })}>
          {text.allLines}
        </Button>
      ) : (
        <>
          {!isLongest && (
            <Button className="quiet" onPress={() => url.choose({ window: longest })}>
              {text.longestWindow}
            </Button>
          )}
          <Button className="quiet" onPress={goHome}>
            {text.home}
          </Button>
        </>
      )}
    </div>
  );
}

function EmptyVendors() {
  const { url } = useApp();
  const { overlays } = useUrl('overlays');
  const { text } = useI18n();
  const shown = useShownVendors();
  if (!overlays.includes('vendors') || shown?.vendors.length !== 0) return null;
  return (
    <div className="notice card" data-empty="vendors">
      <p>{text.noVendorLeft}</p>
      <Button className="quiet" onPress={() => url.choose({ vendorFilter: DEFAULT_VENDORS })}>
        {text.defaultVendors}
      </Button>
    </div>
  );
}

/** Checked when the map is idle; a moving map is not reported as empty. */
function useEmptyReason(): EmptyReason | null {
  const { view, url } = useApp();
  const [reason, setReason] = useState<EmptyReason | null>(null);
  useEffect(() => {
    const { map } = view;
    const check = (): void => {
      const isCells = url.get().view === 'cells';
      const layer = isCells ? 'density-cells' : 'density-heat';
      setReason(emptyReasonOf(map, layer, isCells ? DENSITY_SOURCES.squares : DENSITY_SOURCES.points, SOURCE_LAYER));
    };
    const clear = (): void => setReason(null);
    map.on('idle', check);
    map.on('movestart', clear);
    return () => {
      map.off('idle', check);
      map.off('movestart', clear);
    };
  }, [view, url]);
  return reason;
}
