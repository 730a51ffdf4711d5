// Orders and distinct users by area, from an internal table. Areas are joined to it by id.

import type { ValueRange } from '@styles/measure';
import * as v from 'valibot';
import type { Catalog } from '../data/catalog';
import { fetchJson } from '../data/fetchJson';

const counts = v.array(v.number());

const tableSchema = v.object({
  lines: v.array(v.string()),
  windows: v.record(v.string(), v.unknown()),
  areas: v.array(
    v.object({
      id: v.number(),
      windows: v.record(
        v.string(),
        v.object({ orders: v.number(), users: v.number(), orders_by_line: counts, users_by_line: counts }),
      ),
    }),
  ),
});

export interface WindowCounts {
  orders: number;
  /** Distinct users; `usersByLine` counts distinct users of each line. */
  users: number;
  ordersByLine: readonly number[];
  usersByLine: readonly number[];
  /** Of all lines, then of each; absent where the days before are unknown. */
  retention?: readonly Retention[];
}

/** Users of a range and of as many days before it, in one place. "Lost" means lost in this place. */
export interface Retention {
  /** In both. */
  retained: number;
  /** Only before. */
  lost: number;
  /** Only in the range. */
  gained: number;
  /** Part of `gained`: those who had never ordered here. */
  fresh: number;
}

export interface AreaOrders {
  lines: readonly string[];
  /** The counted slots, such as `30d`. */
  windows: readonly string[];
  /** By area and slot. */
  counts: ReadonlyMap<number, Readonly<Record<string, WindowCounts>>>;
}

const TABLE = 'area-stats/orders';

/** A server that shows only public layers does not list the table. */
export function hasAreaOrders({ tables }: Catalog): boolean {
  return tables.some(({ name }) => name === TABLE);
}

/** `null` where the server does not list the table. */
export async function fetchAreaOrders({ tables }: Catalog): Promise<AreaOrders | null> {
  const url = tables.find(({ name }) => name === TABLE)?.url;
  return url === undefined ? null : areaOrdersOf(await fetchJson(url, tableSchema));
}

export function areaOrdersOf({ lines, windows, areas }: v.InferOutput<typeof tableSchema>): AreaOrders {
  const own = (of: (typeof areas)[number]): Record<string, WindowCounts> =>
    Object.fromEntries(
      Object.entries(of.windows).map(([slot, { orders, users, orders_by_line, users_by_line }]) => [
        slot,
        { orders, users, ordersByLine: orders_by_line, usersByLine: users_by_line },
      ]),
    );
  return { lines, windows: Object.keys(windows), counts: new Map(areas.map((area) => [area.id, own(area)])) };
}

/** The counts of areas in a chosen range. `byLine` follows `lines`. */
export interface RangeOrders {
  slot: string;
  lines: readonly string[];
  /** By area, of all lines and then of each; `null` where the days before the range are unknown. */
  retention: readonly ReadonlyMap<number, Retention>[] | null;
  areas: ReadonlyMap<number, { orders: number; users: number; byLine: readonly { orders: number; users: number }[] }>;
}

/** Adds a chosen range to the windows of the table. Areas of other cities have no counts in the range. */
export function withRange(
  { lines, windows, counts }: AreaOrders,
  { slot, lines: own, areas, retention }: RangeOrders,
): AreaOrders {
  const countsIn = (id: number): WindowCounts => {
    const found = areas.get(id);
    const ofLine = (line: string) => found?.byLine[own.indexOf(line)];
    return {
      orders: found?.orders ?? 0,
      users: found?.users ?? 0,
      ordersByLine: lines.map((line) => ofLine(line)?.orders ?? 0),
      usersByLine: lines.map((line) => ofLine(line)?.users ?? 0),
      ...(retention && { retention: retentionOf(id) }),
    };
  };
  const retentionOf = (id: number): Retention[] => {
    const of = (line: string | null) => retention?.[line === null ? 0 : own.indexOf(line) + 1]?.get(id);
    return [null, ...lines].map((line) => of(line) ?? { retained: 0, lost: 0, gained: 0, fresh: 0 });
  };
  const all = [...counts].map(([id, { [slot]: _, ...byWindow }]) => {
    return [id, areas.has(id) ? { ...byWindow, [slot]: countsIn(id) } : byWindow] as const;
  });
  return { lines, windows: [...new Set([...windows, slot])], counts: new Map(all) };
}

/** Orders of the chosen lines. An empty choice means all lines. */
export function ordersIn({ orders, ordersByLine }: WindowCounts, lines: readonly number[]): number {
  return lines.length === 0 ? orders : lines.reduce((sum, line) => sum + (ordersByLine[line] ?? 0), 0);
}

/** A user may order from several lines, so the distinct users are between the largest line and the sum of the lines. */
export function usersIn({ users, usersByLine }: WindowCounts, lines: readonly number[]): ValueRange {
  if (lines.length === 0) return { min: users, max: users };
  const ofLines = lines.map((line) => usersByLine[line] ?? 0);
  const sum = ofLines.reduce((all, one) => all + one, 0);
  return { min: Math.max(...ofLines), max: Math.min(users, sum) };
}
