// Addresses from a geocoder of the operator's choice. Without one in config.json, nothing that is typed leaves the page.

import type { Bounds } from '@styles/base';
import * as v from 'valibot';
import { fetchJson } from './fetchJson';

export interface Address {
  name: string;
  lng: number;
  lat: number;
}

const degrees = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.number());

/** Nominatim: an array. */
const nominatim = v.array(v.object({ lat: degrees, lon: degrees, display_name: v.string() }));
/** Photon and Pelias: GeoJSON. */
const photon = v.object({
  features: v.array(
    v.object({
      geometry: v.object({ coordinates: v.looseTuple([degrees, degrees]) }),
      properties: v.looseObject({
        label: v.optional(v.string()),
        name: v.optional(v.string()),
        street: v.optional(v.string()),
        city: v.optional(v.string()),
      }),
    }),
  ),
});
/** Neshan: items with a location. */
const neshan = v.object({
  items: v.array(
    v.object({
      title: v.string(),
      address: v.optional(v.string()),
      location: v.object({ x: degrees, y: degrees }),
    }),
  ),
});
const answer = v.union([
  v.pipe(
    nominatim,
    v.transform((found) => found.map(({ lat, lon, display_name }): Address => ({ name: display_name, lng: lon, lat }))),
  ),
  v.pipe(
    photon,
    v.transform(({ features }) =>
      features.map(({ geometry: { coordinates }, properties: { label, name, street, city } }): Address => {
        const [lng, lat] = coordinates;
        return { name: label ?? [name, street, city].filter(Boolean).join(', '), lng, lat };
      }),
    ),
  ),
  v.pipe(
    neshan,
    v.transform(({ items }) =>
      items.map(
        ({ title, address, location: { x, y } }): Address => ({
          name: [title, address].filter(Boolean).join(', '),
          lng: x,
          lat: y,
        }),
      ),
    ),
  ),
]);

const MAX_FOUND = 5;

/** The addresses within the box of the city. `template` has the placeholders {query}, {lang}, {lat}, {lng}, {bbox}. */
export async function findAddresses(
  template: string,
  query: string,
  lang: string,
  [west, south, east, north]: Bounds,
): Promise<Address[]> {
  const values: Record<string, string> = {
    query,
    lang,
    lat: String((south + north) / 2),
    lng: String((west + east) / 2),
    bbox: [west, south, east, north].join(','),
  };
  const url = template.replaceAll(/\{(query|lang|lat|lng|bbox)\}/g, (_, name) =>
    encodeURIComponent(values[name] ?? ''),
  );
  const found = await fetchJson(url, answer);
  return found
    .filter(({ lng, lat, name }) => name !== '' && lng >= west && lng <= east && lat >= south && lat <= north)
    .slice(0, MAX_FOUND);
}
