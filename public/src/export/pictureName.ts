// The file name of a picture: what it shows, where and when.

import { lineIndices } from '../data/lines';
import { chosenStat } from '../state/slices/areas';
import type { State } from '../state/state';
import { cityOf, type Model } from '../view/model';

type Known = Pick<Model, 'catalog' | 'dataset'>;

/** Such as `foodmap-tehran-users-restaurant-2026-10-26_2026-11-24.png`; without dates where no counts of orders are shown. */
export function pictureName(state: State, { catalog, dataset }: Known): string {
  const city = catalog && cityOf(catalog, state)?.key;
  const stat = chosenStat(state);
  const counted = dataset ? lineIndices(state.lines, dataset.lines).map((line) => dataset.lines[line] ?? '') : [];
  const isDated = state.showsDensity || stat === 'orders' || stat === 'users';
  const parts = [
    'foodmap',
    city,
    state.showsDensity ? state.kind : null,
    ...state.overlays.map((overlay) => (overlay === 'areas' && stat ? `areas-${stat}` : overlay)),
    ...(isDated || state.overlays.includes('coverage') ? counted : []),
    isDated && dataset ? `${dataset.layer.from}_${dataset.layer.to}` : null,
    state.growth && dataset?.growth ? `against-${dataset.growth.before.from}_${dataset.growth.before.to}` : null,
  ];
  return `${parts.flatMap((part) => (part ? [slug(part)] : [])).join('-')}.png`;
}

/** Letters and digits of any script, lower case, with hyphens between words. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, '-')
    .replace(/^-|-$/g, '');
}
