// The configuration of the page, config.json: base map, branding, names of lines and grades, defaults.
// Cities, lines and grades come from the catalog. This file only says how the page shows them.

import type { StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Lang } from '@styles/base';
import type { Theme } from '@styles/tokens';
import * as v from 'valibot';
import { fetchJson } from './fetchJson';
import { SLIDER_KM } from './gradeRadii';

const inBoth = v.object({ fa: v.string(), en: v.string() });
const colour = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i, 'expected a colour in the form #rrggbb'));
/** Limited to the range of the grade sliders. */
const kilometres = v.pipe(v.number(), v.minValue(SLIDER_KM.min), v.maxValue(SLIDER_KM.max));
const names = v.optional(v.record(v.string(), inBoth), {});

/** Monday first, as in the archives of hours. */
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const configSchema = v.object({
  /** URL of a MapLibre style to draw below the data: one for both themes, or one for each. */
  basemap_style: v.optional(v.nullable(v.union([v.string(), v.object({ day: v.string(), night: v.string() })])), null),
  /** The key of the default city; if absent, the first city of the catalog. */
  city: v.optional(v.string()),
  /** The camera while there is no catalog, in degrees. */
  camera: v.optional(v.object({ lng: v.number(), lat: v.number(), zoom: v.number() })),
  /** The initial choices; the URL overrides them. */
  defaults: v.optional(
    v.object({
      /** Published names of business lines. An empty list means every line. Unpublished names are ignored. */
      lines: v.optional(v.array(v.string()), []),
      /** Slot of the window, such as `30d`. */
      window: v.optional(v.nullable(v.string()), null),
    }),
    {},
  ),
  /** The IANA time zone of displayed times; if absent, the zone of the map. */
  time_zone: v.optional(v.pipe(v.string(), v.check(isTimeZone, 'unknown time zone'))),
  /** The days of the weekend, which the timeline marks. */
  weekend: v.optional(v.array(v.picklist(WEEKDAYS)), ['thursday', 'friday']),
  theme: v.optional(
    v.object({
      name: inBoth,
      subtitle: v.optional(inBoth),
      /** URL of a square image. */
      logo: v.optional(v.string(), '/icon.svg'),
      /** The colour of selected controls and of the focus ring. */
      accent: v.optional(v.object({ day: colour, night: colour })),
    }),
  ),
  /** URL of a geocoder, with {query} and, if it wants them, {lang}, {lat}, {lng}, {bbox}; if absent, none is asked. */
  geocoder: v.optional(v.pipe(v.string(), v.includes('{query}', 'expected a URL with {query}'))),
  /** Whether the page shows no numbers of users. The tiles still contain them. */
  hide_users: v.optional(v.boolean(), false),
  /** Display names, by published name. */
  lines: names,
  grades: names,
  /** Display names of status codes, by code. */
  statuses: names,
  vendor_statuses: names,
  /** Replaces the published radii of the mode "by grade". */
  grade_radii: v.optional(v.object({ km: v.record(v.string(), kilometres), others: kilometres })),
});

/** MapLibre validates the rest. */
const styleSchema = v.looseObject({
  version: v.literal(8),
  sources: v.record(v.string(), v.unknown()),
  layers: v.array(v.looseObject({ id: v.string(), type: v.string() })),
});

export type PageConfig = v.InferOutput<typeof configSchema>;

/** Used until the file has loaded, and where it is missing. */
export const DEFAULT_CONFIG: PageConfig = v.parse(configSchema, {});

export function fetchConfig(): Promise<PageConfig> {
  return fetchJson('/config.json', configSchema);
}

/** The base map style for a theme; `null` where none is configured. */
export async function fetchBasemap(
  { basemap_style: named }: PageConfig,
  theme: Theme,
): Promise<StyleSpecification | null> {
  if (named === null) return null;
  const style = await fetchJson(typeof named === 'string' ? named : named[theme], styleSchema);
  return style as unknown as StyleSpecification;
}

/** The weekdays of the weekend, Monday = 0, ascending. */
export function weekendOf({ weekend }: Pick<PageConfig, 'weekend'>): number[] {
  return WEEKDAYS.flatMap((name, day) => (weekend.includes(name) ? [day] : []));
}

export function namesIn(lang: Lang, named: PageConfig['lines']): Record<string, string> {
  return Object.fromEntries(Object.entries(named).map(([name, shown]) => [name, shown[lang]]));
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== '';
  } catch {
    return false;
  }
}

/** White or near black, whichever has the higher contrast on a colour (WCAG 2.2, relative luminance). */
export function textOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > 0.1791 ? '#14181d' : '#ffffff';
}
