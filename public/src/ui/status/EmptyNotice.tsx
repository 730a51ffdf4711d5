// Says why the view is empty, and offers the ways out.

import { SOURCE_LAYER } from '@styles/density';
import { USUAL_VENDORS } from '@styles/vendorFilter';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { densityLayersOf } from '../../data/catalog';
import { type Emptiness, emptinessOf } from '../../map/emptyState';
import { DENSITY_SOURCES } from '../../view/densityStyle';
import { summaryOf } from '../../view/summary';
import { useApp, useModel, useUrl, useWords } from '../hooks/context';
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
  const words = useWords();
  const emptiness = useEmptiness();
  if (!emptiness || !state.showsDensity || !model.catalog) return null;
  const { text } = words;
  const [sentence] = summaryOf({ ...state, overlays: [] }, model, null, words);
  const longest = densityLayersOf(model.catalog).at(-1)?.slot ?? null;
  const isLongest = model.dataset?.layer.slot === longest;
  return (
    <div className="notice card" data-empty={emptiness}>
      <p>
        {emptiness === 'lines' ? text.emptyLines : text.emptyHere}
        <small>{sentence?.[1]}</small>
      </p>
      {emptiness === 'lines' ? (
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
  const { text } = useWords();
  const shown = useShownVendors();
  if (!overlays.includes('vendors') || shown?.vendors.length !== 0) return null;
  return (
    <div className="notice card" data-empty="vendors">
      <p>{text.noVendorLeft}</p>
      <Button className="quiet" onPress={() => url.choose({ vendorFilter: USUAL_VENDORS })}>
        {text.usualVendors}
      </Button>
    </div>
  );
}

/** Looked for when the map rests; a moving map is not called empty. */
function useEmptiness(): Emptiness | null {
  const { view, url } = useApp();
  const [emptiness, setEmptiness] = useState<Emptiness | null>(null);
  useEffect(() => {
    const { map } = view;
    const look = (): void => {
      const isCells = url.get().view === 'cells';
      const layer = isCells ? 'density-cells' : 'density-heat';
      setEmptiness(emptinessOf(map, layer, isCells ? DENSITY_SOURCES.squares : DENSITY_SOURCES.points, SOURCE_LAYER));
    };
    const forget = (): void => setEmptiness(null);
    map.on('idle', look);
    map.on('movestart', forget);
    return () => {
      map.off('idle', look);
      map.off('movestart', forget);
    };
  }, [view, url]);
  return emptiness;
}
