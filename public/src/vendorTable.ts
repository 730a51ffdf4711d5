// The vendors of a city as a table, and how many of them each choice of the filter would show.

import {
  FACETS,
  type Facet,
  FLAGS,
  type Flag,
  isShown,
  type VendorAttributes,
  type VendorFilter,
} from '@styles/vendorFilter';
import * as v from 'valibot';
import { type Catalog, fetchJson } from './published';

const column = v.array(v.nullable(v.number()));
/** For each vendor the areas that hold it, as indices into `areas`. */
const places = v.array(v.array(v.number()));

const tableSchema = v.object({
  lines: v.array(v.string()),
  grades: v.array(v.string()),
  platforms: v.array(v.string()),
  areas: v.array(v.number()),
  count: v.number(),
  columns: v.object({
    code: v.array(v.string()),
    platform: column,
    line: column,
    grade: column,
    status: column,
    vendor_status: column,
    visible: column,
    open: column,
    is_express: column,
    is_dual: column,
    own_delivery: column,
    ofood_delivery: column,
    availability: column,
    marketing: places,
    region: places,
    neighbourhood: places,
  }),
});

export type PublishedVendors = v.InferOutput<typeof tableSchema>;

export interface VendorTable {
  /** Key of the city. */
  city: string;
  vendors: readonly VendorAttributes[];
  /** Values in the order of their publisher, such as grades from the best; those of other facets are numbers. */
  names: Partial<Record<Facet, readonly string[]>>;
}

/** `null` where no table is published for the city. */
export async function fetchVendorTable({ tables }: Catalog, city: string): Promise<VendorTable | null> {
  const url = tables.find((table) => table.name === `vendors/${city}`)?.url;
  if (url === undefined) return null;
  const published = await fetchJson(url, tableSchema);
  return { city, vendors: vendorsOf(published), names: namesOf(published) };
}

function namesOf({ lines, grades, platforms }: PublishedVendors): VendorTable['names'] {
  return { line: lines, grade: grades, platform: platforms };
}

/**
 * Rows with the attributes that the tiles have: names instead of their numbers, and nothing for what is unknown.
 * `areaIds` are the areas of every kind that hold the vendor; a tile tells one of a kind.
 */
export function vendorsOf(published: PublishedVendors): VendorAttributes[] {
  const {
    count,
    areas,
    columns: { code, marketing, region, neighbourhood, ...columns },
  } = published;
  const areasOf = (row: number): number[] =>
    [marketing, region, neighbourhood].flatMap((kind) => (kind[row] ?? []).flatMap((at) => areas[at] ?? []));
  const names: Partial<Record<string, readonly string[]>> = namesOf(published);
  return Array.from({ length: count }, (_, row) => {
    const known = Object.entries(columns).flatMap(([name, values]) => {
      const value = values[row] ?? null;
      if (value === null) return [];
      const list = names[name];
      return [[name, list ? list[value] : value] as const];
    });
    return { code: code[row], areaIds: areasOf(row), ...Object.fromEntries(known) };
  });
}

export interface VendorCountsByChoice {
  shown: number;
  all: number;
  facets: Record<Facet, ReadonlyMap<string, number>>;
  flags: Record<Flag, { yes: number; no: number }>;
}

/** For each value how many vendors would be shown, were it alone chosen there and the rest of the filter as it is. */
export function countChoices(vendors: readonly VendorAttributes[], filter: VendorFilter): VendorCountsByChoice {
  const facet = (name: Facet): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const vendor of vendors) {
      const value = vendor[name];
      if (value === undefined) continue;
      counts.set(String(value), (counts.get(String(value)) ?? 0) + Number(isShown(filter, vendor, name)));
    }
    return counts;
  };
  const flag = (name: Flag): { yes: number; no: number } => {
    const others = vendors.filter((vendor) => isShown(filter, vendor, name));
    const having = (value: number): number => others.filter((vendor) => vendor[name] === value).length;
    return { yes: having(1), no: having(0) };
  };
  return {
    shown: vendors.filter((vendor) => isShown(filter, vendor)).length,
    all: vendors.length,
    facets: Object.fromEntries(FACETS.map((name) => [name, facet(name)])) as VendorCountsByChoice['facets'],
    flags: Object.fromEntries(FLAGS.map((name) => [name, flag(name)])) as VendorCountsByChoice['flags'],
  };
}
