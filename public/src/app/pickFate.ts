// Whether a popup still belongs to what the map shows after a choice.

import type { State } from '../state/state';
import type { Model } from '../view/model';

/** A popup disappears with its layer, with its kind of areas, and with its city. */
export function isFeatureGone(picked: Model['pickedFeature'], was: State, is: State): boolean {
  if (!picked) return false;
  if (was.city !== is.city || !is.overlays.includes(picked.overlay)) return true;
  const { kind } = picked.attributes;
  return picked.overlay === 'areas' && !is.areaKinds.some((shown) => shown === kind);
}

/** The popup of a cell also disappears with its side of a comparison. */
export function isCellGone(picked: Model['picked'], was: State, is: State): boolean {
  if (!picked) return false;
  const hasOtherSide = was.compare?.kind !== is.compare?.kind || was.compare?.window !== is.compare?.window;
  const isOtherMap = was.city !== is.city || was.view !== is.view || was.showsDensity !== is.showsDensity;
  return isOtherMap || (hasOtherSide && picked.side === 'compared');
}
