// Why a statistic of areas is unavailable.

import type { Catalog } from '../data/catalog';
import { type AreaOrders, hasAreaOrders } from './areaOrders';
import { type AreaStat, STAT_SOURCES, slotOf } from './areaStat';

/** `internal`: the server does not show it. `window`: it is not counted for the chosen window. */
export type UnavailableReason = 'internal' | 'window' | 'line';

/** `null` where it is available. Orders by area are internal and counted only for some windows. */
export function unavailableReason(
  stat: AreaStat,
  catalog: Catalog | null,
  orders: AreaOrders | null,
  window: string,
  hasOneLine: boolean,
): UnavailableReason | null {
  if (STAT_SOURCES[stat] === 'targets') return hasOneLine ? null : 'line';
  if (STAT_SOURCES[stat] !== 'orders') return null;
  if (catalog && !hasAreaOrders(catalog)) return 'internal';
  return orders && !orders.windows.includes(slotOf(stat, window)) ? 'window' : null;
}
