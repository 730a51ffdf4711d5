// The popup of a computed coverage cell. Its tile has few attributes, so the worker provides the others.

import type { CoverageClient } from '../coverage/client';
import type { State } from '../state/state';
import { cellAt } from '../tiles/cells';
import type { LoadedModel, PickedFeature } from '../view/model';
import { coverageSettings, isCoverageComputed } from '../view/overlayStyle';

export interface CoveragePick {
  /**
   * Requests all attributes of the picked coverage cell from the worker if the page computes coverage. With
   * `isRecount`, requests them in any case, because the popup may still show the counts of the previous filter.
   */
  update(state: State, zoom: number, isRecount: boolean): void;
}

export function openCoveragePick(model: LoadedModel, coverage: () => CoverageClient): CoveragePick {
  // While a slider moves, only the response to the latest request is shown.
  let latest = 0;
  const request = async (picked: PickedFeature, state: State, tileZoom: number): Promise<void> => {
    latest += 1;
    const id = latest;
    const settings = coverageSettings(state, model.get());
    const attributes = await coverage().cell(settings, cellAt(...picked.at, tileZoom));
    const { pickedFeature: now } = model.get();
    const isCurrent = id === latest && now?.overlay === 'coverage' && String(now.at) === String(picked.at);
    if (isCurrent && attributes) model.pickFeature({ ...picked, attributes });
  };
  return {
    update(state, zoom, isRecount) {
      const { pickedFeature: picked, vendorTable, overlays } = model.get();
      const tiles = overlays.find(({ overlay }) => overlay === 'coverage');
      if (!(tiles && vendorTable) || picked?.overlay !== 'coverage') return;
      if (!(isRecount || isCoverageComputed(state, model.get()))) return;
      const tileZoom = Math.min(Math.max(Math.floor(zoom), tiles.minzoom), tiles.maxzoom);
      request(picked, state, tileZoom).catch((error: unknown) => model.fail('tiles', String(error), null));
    },
  };
}
