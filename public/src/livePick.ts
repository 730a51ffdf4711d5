// The popup of a computed cell of coverage: its drawn attributes are few, the worker knows all of them.

import { cellAt } from './cells';
import type { Reach } from './coverage/client';
import type { LoadedModel, PickedFeature } from './model';
import { isCoverageLive, reachSettings } from './overlayDrawing';
import type { State } from './state';

/** Shows what the worker says of the cell that holds the place, if nothing else was picked meanwhile. */
export async function pickLiveCell(
  feature: PickedFeature,
  zoom: number,
  state: State,
  model: LoadedModel,
  reach: () => Reach,
  isRecount: boolean,
): Promise<void> {
  const { vendorTable, overlays } = model.get();
  const tiles = overlays.find(({ overlay }) => overlay === 'coverage');
  // After a change the popup may tell what was computed before, so it is told anew even where tiles are published.
  if (!(tiles && vendorTable) || !(isRecount || isCoverageLive(state, vendorTable))) return;
  const tileZoom = Math.min(Math.max(Math.floor(zoom), tiles.minzoom), tiles.maxzoom);
  const before = model.get().pickedFeature;
  const attributes = await reach().cell(reachSettings(state, vendorTable), cellAt(...feature.at, tileZoom));
  if (model.get().pickedFeature === before && attributes) model.pickFeature({ ...feature, attributes });
}
