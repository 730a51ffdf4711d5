// The maps of the quick buttons: a density, or one overlay alone.

import { KINDS, type Kind } from '@styles/measure';
import { OVERLAYS, type Overlay } from '@styles/overlays';
import type { Text } from '../i18n/texts';
import { offeredKinds } from '../state/hiddenUsers';
import type { State } from '../state/state';

/** The maps of the quick buttons; `none` clears the map. */
export const QUICK_MAPS = [...KINDS, 'population', 'coverage', 'vendors', 'areas', 'none'] as const;
export type QuickMap = (typeof QUICK_MAPS)[number];

type Shown = Pick<State, 'showsDensity' | 'kind' | 'overlays'>;

/** The density if it is shown, else the topmost overlay. Areas outline any map, so they come last. */
export function quickMapOf({ showsDensity, kind, overlays }: Shown): QuickMap {
  if (showsDensity) return kind;
  return overlays.filter((overlay) => overlay !== 'areas').at(-1) ?? overlays[0] ?? 'none';
}

/** Changing the density keeps the overlays, unless an overlay was the map itself. Areas stay on every map. */
export function showing(map: QuickMap, { showsDensity, overlays }: Shown): Partial<State> {
  const kind = kindOf(map);
  const areas = overlays.filter((overlay) => overlay === 'areas');
  if (kind) return { showsDensity: true, kind, overlays: showsDensity ? overlays : areas };
  if (map === 'none') return { showsDensity: false, overlays: [] };
  return {
    showsDensity: false,
    overlays: OVERLAYS.filter((overlay) => overlay === map || (overlay === 'areas' && areas.length > 0)),
  };
}

export function kindOf(map: QuickMap): Kind | null {
  return KINDS.find((kind) => kind === map) ?? null;
}

/** The maps that are published and not hidden, and `none`. */
export function offeredMaps(published: readonly Overlay[], hidesUsers: boolean): QuickMap[] {
  const offered: readonly QuickMap[] = [...offeredKinds(hidesUsers), ...published, 'none'];
  return QUICK_MAPS.filter((map) => offered.includes(map));
}

export function mapName(map: QuickMap, text: Text): string {
  if (map === 'none') return text.noMap;
  const kind = kindOf(map);
  return kind ? text.kinds[kind] : text.overlayNames[map as Overlay];
}
