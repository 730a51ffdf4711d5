// The page's own configuration, config.json: a base map, a brand, names of lines and grades, what a fresh page shows.
// What is published (cities, lines, grades) comes from the catalog; here is only how this page shows it.

import type { StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Lang } from '@styles/base';
import type { Theme } from '@styles/tokens';
import * as v from 'valibot';
import { fetchJson } from './fetchJson';
import { DEFAULT_GRADE_RADII, SLIDER_KM } from './gradeRadii';

const inBoth = v.object({ fa: v.string(), en: v.string() });
const colour = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i, 'a colour is written #rrggbb'));
/** As far as the sliders of grades go. */
const kilometres = v.pipe(v.number(), v.minValue(SLIDER_KM.min), v.maxValue(SLIDER_KM.max));
const names = v.optional(v.record(v.string(), inBoth), {});

const configSchema = v.object({
  /** URL of a MapLibre style to draw under the data, one for both themes or one for each. */
  basemap_style: v.optional(v.nullable(v.union([v.string(), v.object({ day: v.string(), night: v.string() })])), null),
  /** Key of the city that a fresh page shows; without one, the first of the catalog. */
  city: v.optional(v.string()),
  /** Where the map is while no catalog tells of cities, in degrees. */
  camera: v.optional(v.object({ lng: v.number(), lat: v.number(), zoom: v.number() })),
  /** What a fresh page shows; the address overrides it. */
  defaults: v.optional(
    v.object({
      /** Published names of business lines; none means every line. What is not published is as if it were not named. */
      lines: v.optional(v.array(v.string()), []),
      /** Slot of the window, such as `30d`. */
      window: v.optional(v.nullable(v.string()), null),
    }),
    {},
  ),
  /** Whose clock times are told by, as the IANA names time zones; without one, the reader's own. */
  time_zone: v.optional(v.pipe(v.string(), v.check(isTimeZone, 'no time zone is called that'))),
  brand: v.optional(
    v.object({
      name: inBoth,
      subtitle: v.optional(inBoth),
      /** Address of a square picture. */
      logo: v.optional(v.string(), '/icon.svg'),
      /** Of chosen controls and of what has the focus. */
      accent: v.optional(v.object({ day: colour, night: colour })),
    }),
  ),
  /** Names to show in place of the published ones, by those. */
  lines: names,
  grades: names,
  /** How far vendors of each grade are taken to deliver where the reader asks for that. */
  grade_radii: v.optional(v.object({ km: v.record(v.string(), kilometres), others: kilometres }), DEFAULT_GRADE_RADII),
});

/** The map checks the rest when it draws it. */
const styleSchema = v.looseObject({
  version: v.literal(8),
  sources: v.record(v.string(), v.unknown()),
  layers: v.array(v.looseObject({ id: v.string(), type: v.string() })),
});

export type PageConfig = v.InferOutput<typeof configSchema>;

/** What holds until the file is there, and where it is missing. */
export const DEFAULT_CONFIG: PageConfig = v.parse(configSchema, {});

export function fetchConfig(): Promise<PageConfig> {
  return fetchJson('/config.json', configSchema);
}

/** The style of the base map for this theme; `null` where none is named. */
export async function fetchBasemap(
  { basemap_style: named }: PageConfig,
  theme: Theme,
): Promise<StyleSpecification | null> {
  if (named === null) return null;
  const style = await fetchJson(typeof named === 'string' ? named : named[theme], styleSchema);
  return style as unknown as StyleSpecification;
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

/** White or near black, whichever is read better on a colour (WCAG 2.2, relative luminance). */
export function textOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > 0.1791 ? '#14181d' : '#ffffff';
}
