// The vendor table of a city, and the number of vendors that each filter option would show.

import {
  type CountedField,
  FACETS,
  type Facet,
  FLAGS,
  type Flag,
  hidingField,
  isOfType,
  VENDOR_TYPES,
  type VendorAttributes,
  type VendorFilter,
  type VendorType,
} from '@styles/vendorFilter';
import * as v from 'valibot';
import type { Catalog } from '../data/catalog';
import { fetchJson } from '../data/fetchJson';
import { fetchGradeRadii, type GradeRadii } from '../data/gradeRadii';

const whole = v.array(v.number());
const column = v.array(v.nullable(v.number()));
/** The areas that contain each vendor, as indices into `areas`. */
const areaIndices = v.array(whole);

/** Columns that tilegen's configuration leaves out are absent (docs/formats.md). */
export const vendorTableSchema = v.object({
  lines: v.array(v.string()),
  grades: v.array(v.string()),
  platforms: v.array(v.string()),
  areas: whole,
  count: v.number(),
  columns: v.object({
    code: v.array(v.string()),
    name: v.optional(v.array(v.string())),
    platform: whole,
    line: whole,
    grade: whole,
    lng_e7: whole,
    lat_e7: whole,
    radius_m: whole,
    radius_assumed: whole,
    status: column,
    visible: column,
    marketing: areaIndices,
    region: areaIndices,
    neighbourhood: areaIndices,
    vendor_status: v.optional(column),
    open: v.optional(column),
    is_express: v.optional(column),
    is_dual: v.optional(column),
    own_delivery: v.optional(column),
    ofood_delivery: v.optional(column),
    availability: v.optional(column),
  }),
});

export type PublishedVendors = v.InferOutput<typeof vendorTableSchema>;

/** A vendor: the attributes of tiles, its exact position, and the ids of all areas that contain it. */
export interface Vendor extends VendorAttributes {
  code: string;
  platform: string;
  line: string;
  grade: string;
  /** In degrees. */
  lng: number;
  lat: number;
  radius_m: number;
  /** The ids of all areas that contain the vendor. A tile has only one of each kind. */
  areaIds: readonly number[];
}

export interface VendorTable {
  /** Key of the city. */
  city: string;
  /** The URL of the table, which identifies the snapshot. */
  url: string;
  vendors: readonly Vendor[];
  /** Values in published order, such as grades from the best. Other facets have numbers. */
  names: Partial<Record<Facet, readonly string[]>>;
  /** The published delivery radii by grade; `null` where the map has none. */
  gradeRadii: GradeRadii | null;
}

/** `null` where no table is published for the city. */
export async function fetchVendorTable(catalog: Catalog, city: string): Promise<VendorTable | null> {
  const url = catalog.tables.find((table) => table.name === `vendors/${city}`)?.url;
  if (url === undefined) return null;
  const [published, gradeRadii] = await Promise.all([fetchJson(url, vendorTableSchema), fetchGradeRadii(catalog)]);
  return { city, url, vendors: vendorsOf(published), names: namesOf(published), gradeRadii };
}

function namesOf({ lines, grades }: PublishedVendors): VendorTable['names'] {
  return { line: lines, grade: grades };
}

/** Vendors with the attributes of tiles: names instead of indices; unknown values are left out. */
export function vendorsOf({ lines, grades, platforms, areas, count, columns }: PublishedVendors): Vendor[] {
  const { code, platform, line, grade, lng_e7, lat_e7, radius_m, marketing, region, neighbourhood, ...rest } = columns;
  const others = Object.entries(rest);
  const areaIdsOf = (row: number): number[] =>
    [marketing, region, neighbourhood].flatMap((kind) => (kind[row] ?? []).flatMap((at) => areas[at] ?? []));
  return Array.from({ length: count }, (_, row) => {
    const vendor: Record<string, unknown> & Vendor = {
      code: code[row] ?? '',
      platform: platforms[platform[row] ?? -1] ?? '',
      line: lines[line[row] ?? -1] ?? '',
      grade: grades[grade[row] ?? -1] ?? '',
      lng: (lng_e7[row] ?? Number.NaN) / 1e7,
      lat: (lat_e7[row] ?? Number.NaN) / 1e7,
      radius_m: radius_m[row] ?? Number.NaN,
      areaIds: areaIdsOf(row),
    };
    for (const [name, values] of others) {
      const value = values?.[row] ?? null;
      if (value !== null) vendor[name] = value;
    }
    return vendor;
  });
}

export interface VendorCountsByChoice {
  shown: number;
  all: number;
  types: Record<VendorType, number>;
  facets: Record<Facet, ReadonlyMap<string, number>>;
  flags: Record<Flag, { yes: number; no: number }>;
}

/** For each option: the number of vendors that it would show as the only choice of its field, with all other fields unchanged. */
export function countChoices(vendors: readonly VendorAttributes[], filter: VendorFilter): VendorCountsByChoice {
  const types = Object.fromEntries(VENDOR_TYPES.map((type) => [type, 0])) as VendorCountsByChoice['types'];
  const facets = Object.fromEntries(FACETS.map((facet) => [facet, new Map()])) as Record<Facet, Map<string, number>>;
  const flags = Object.fromEntries(FLAGS.map((flag) => [flag, { yes: 0, no: 0 }])) as VendorCountsByChoice['flags'];
  let shown = 0;
  for (const vendor of vendors) {
    const hiding = hidingField(filter, vendor);
    /** Whether a choice in this field could show the vendor. */
    const counts = (part: CountedField): boolean => hiding === null || hiding === part;
    if (hiding === null) shown += 1;
    if (counts('type')) for (const type of VENDOR_TYPES) types[type] += Number(isOfType(type, vendor));
    for (const facet of FACETS) {
      if (vendor[facet] === undefined) continue;
      const [of, value] = [facets[facet], String(vendor[facet])];
      of.set(value, (of.get(value) ?? 0) + Number(counts(facet)));
    }
    for (const flag of FLAGS) {
      if (!counts(flag)) continue;
      if (vendor[flag] === 1) flags[flag].yes += 1;
      else if (vendor[flag] === 0) flags[flag].no += 1;
    }
  }
  return { shown, all: vendors.length, types, facets, flags };
}
