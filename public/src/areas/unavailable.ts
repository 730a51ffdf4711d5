// Why a statistic of areas is unavailable.

import type { Catalog } from '../data/catalog';
import { type AreaOrders, hasAreaOrders } from './areaOrders';
import { type AreaStat, retentionStat, STAT_SOURCES, slotOf } from './areaStat';

/** `internal`: the server does not show it. `window`: it is not counted for the chosen window.
 * `line`, `lines`: it needs one line, or at most one. `before`: the days before the range are unknown. */
export type UnavailableReason = 'internal' | 'window' | 'line' | 'lines' | 'before';

/** `null` where it is available. Orders by area are internal and counted only for some windows. */
export function unavailableReason(
  stat: AreaStat,
  catalog: Catalog | null,
  orders: AreaOrders | null,
  window: string,
  lines: number,
): UnavailableReason | null {
  if (STAT_SOURCES[stat] === 'targets') return lines === 1 ? null : 'line';
  if (STAT_SOURCES[stat] !== 'orders') return null;
  if (catalog && !hasAreaOrders(catalog)) return 'internal';
  if (orders && !orders.windows.includes(slotOf(stat, window))) return 'window';
  return retentionStat(stat) ? retentionReason(orders, window, lines) : null;
}

function retentionReason(orders: AreaOrders | null, window: string, lines: number): UnavailableReason | null {
  if (lines > 1) return 'lines';
  const isKnown = [...(orders?.counts.values() ?? [])].some((counts) => counts[window]?.retention);
  return orders && !isKnown ? 'before' : null;
}
