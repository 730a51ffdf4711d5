// Statistics of areas, from the tables that are published beside the tiles. Areas join them by id.

import * as v from 'valibot';
import { type Catalog, fetchJson } from './published';

const counts = v.array(v.number());

const vendorStatsSchema = v.object({
  lines: v.array(v.string()),
  grades: v.array(v.string()),
  platforms: v.array(v.string()),
  areas: v.array(
    v.object({
      id: v.number(),
      default: v.object({
        total: v.number(),
        by_grade: counts,
        by_platform: counts,
        by_line: counts,
        per_10k: v.nullable(v.number()),
      }),
    }),
  ),
});

const orderStatsSchema = v.object({
  areas: v.array(
    v.object({ id: v.number(), windows: v.record(v.string(), v.object({ orders: v.number(), users: v.number() })) }),
  ),
});

/** A number of vendors for each name, such as a grade; those without a vendor are left out. */
export type VendorCounts = readonly (readonly [name: string, vendors: number])[];

/** Vendors of the page's default filters: active and visible. */
export interface VendorStats {
  total: number;
  per10k: number | null;
  byPlatform: VendorCounts;
  byGrade: VendorCounts;
  byLine: VendorCounts;
}

/** By slot, such as `30d`. */
export type OrderStats = Readonly<Record<string, { orders: number; users: number }>>;

export interface AreaStats {
  vendors: ReadonlyMap<number, VendorStats>;
  /** Empty unless the server shows internal tables. */
  orders: ReadonlyMap<number, OrderStats>;
}

/** Reads what is published of them; a table that is not published leaves its part empty. */
export async function fetchAreaStats({ tables }: Catalog): Promise<AreaStats> {
  const urlOf = (name: string): string | undefined => tables.find((table) => table.name === name)?.url;
  const [vendorsUrl, ordersUrl] = [urlOf('area-stats/vendors'), urlOf('area-stats/orders')];
  const [vendors, orders] = await Promise.all([
    vendorsUrl === undefined ? null : fetchJson(vendorsUrl, vendorStatsSchema),
    ordersUrl === undefined ? null : fetchJson(ordersUrl, orderStatsSchema),
  ]);
  return {
    vendors: new Map(vendors?.areas.map(({ id, default: own }) => [id, vendorStats(own, vendors)])),
    orders: new Map(orders?.areas.map(({ id, windows }) => [id, windows])),
  };
}

type VendorTable = v.InferOutput<typeof vendorStatsSchema>;

function vendorStats(own: VendorTable['areas'][number]['default'], names: VendorTable): VendorStats {
  return {
    total: own.total,
    per10k: own.per_10k,
    byPlatform: named(names.platforms, own.by_platform),
    byGrade: named(names.grades, own.by_grade),
    byLine: named(names.lines, own.by_line),
  };
}

export function named(names: readonly string[], numbers: readonly number[]): VendorCounts {
  return names.map((name, i) => [name, numbers[i] ?? 0] as const).filter(([, vendors]) => vendors > 0);
}
