// Searches for a location by coordinates, an area by name, and a vendor by code or name.

import type { City } from '@styles/base';
import type { Area } from '../areas/areaList';
import type { Address } from '../data/geocoder';
import { searchKey } from '../lib/names';
import type { Vendor } from '../vendors/vendorTable';
import { type Place, parsePlace } from './places';

export type SearchResult =
  | { type: 'place'; place: Place }
  | { type: 'city'; city: City }
  | { type: 'address'; address: Address }
  | { type: 'area'; area: Area }
  | { type: 'vendor'; vendor: Vendor };

/** The areas and vendors of a city, with their normalised names. */
export interface SearchIndex {
  /** Key of the city. */
  city: string;
  areas: readonly (readonly [key: string, area: Area])[];
  vendors: readonly (readonly [code: string, name: string, vendor: Vendor])[];
}

export function indexOf(city: string, areas: readonly Area[], vendors: readonly Vendor[]): SearchIndex {
  return {
    city,
    areas: areas.map((area) => [searchKey(area.name), area]),
    vendors: vendors.map((vendor) => [searchKey(vendor.code), searchKey(String(vendor.name ?? '')), vendor]),
  };
}

/** The largest number of results of each type. */
const MAX_RESULTS = 6;

/** Every city is found by its name in either language; areas and vendors are those of the index. */
export function search(index: SearchIndex | null, typed: string, cities: readonly City[] = []): SearchResult[] {
  const boxes = cities.map(({ bounds }) => bounds);
  const place = parsePlace(typed, boxes);
  const query = searchKey(typed);
  if (query === '') return [];
  const named = best(cities, (city) =>
    Math.min(rankOf(searchKey(city.name_fa), query), rankOf(searchKey(city.name_en), query)),
  );
  const areas = best(index?.areas ?? [], ([name]) => rankOf(name, query));
  const vendors = best(index?.vendors ?? [], ([code, name]) =>
    Math.min(rankOf(code, query), 0.5 + rankOf(name, query)),
  );
  return [
    ...(place ? [{ type: 'place', place } as const] : []),
    ...named.map((city) => ({ type: 'city', city }) as const),
    ...areas.map(([, area]) => ({ type: 'area', area }) as const),
    ...vendors.map(([, , vendor]) => ({ type: 'vendor', vendor }) as const),
  ];
}

/** The best matches, lowest rank first. Equal ranks keep their order. */
function best<T>(entries: readonly T[], rank: (entry: T) => number): T[] {
  const ranked = entries.map((entry) => [rank(entry), entry] as const).filter(([at]) => at < Number.POSITIVE_INFINITY);
  return ranked
    .toSorted((a, b) => a[0] - b[0])
    .slice(0, MAX_RESULTS)
    .map(([, entry]) => entry);
}

/** Ranks a match: whole name, prefix, start of a word, anywhere, each word anywhere. */
function rankOf(key: string, query: string): number {
  if (key === query) return 0;
  if (key.startsWith(query)) return 1;
  if (key.includes(` ${query}`)) return 2;
  if (key.includes(query)) return 3;
  return query.includes(' ') && query.split(' ').every((word) => key.includes(word)) ? 4 : Number.POSITIVE_INFINITY;
}
