// What the reader chose, and how it is written in the address after '#'. The URL is its only home.

import { AREA_KINDS, type AreaKind } from '@styles/areas';
import type { Lang } from '@styles/base';
import { AUTOMATIC_HEAT, type HeatSettings, type View } from '@styles/density';
import { KINDS, type Kind } from '@styles/measure';
import { OVERLAYS, type Overlay } from '@styles/overlays';
import type { Theme } from '@styles/tokens';
import { EVERY_VENDOR, FACETS, FLAGS, parseCodes, type VendorFilter } from '@styles/vendorFilter';

export interface Camera {
  zoom: number;
  lat: number;
  lng: number;
}

export interface State {
  /** Key of a city; `null` means the default one. */
  city: string | null;
  /** Slot of the layer, such as `30d`; `null` means the default one. */
  window: string | null;
  kind: Kind;
  /** Names of business lines, in the order chosen; none means every line. */
  lines: readonly string[];
  view: View;
  heat: HeatSettings;
  /** Layers laid over density, in their order. */
  overlays: readonly Overlay[];
  /** Kinds of areas that are drawn where areas are; never none. */
  areaKinds: readonly AreaKind[];
  /** Which vendors are drawn where vendors are. */
  vendorFilter: VendorFilter;
  /** `null` until the map was moved: the city's own view. */
  camera: Camera | null;
  lang: Lang;
  theme: Theme;
}

export const DEFAULT_AREA_KINDS: readonly AreaKind[] = ['marketing'];

/** What the browser prefers; the address overrides it. */
export interface Preferences {
  lang: Lang;
  theme: Theme;
}

export function parseState(hash: string, preferences: Preferences): State {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    city: params.get('city'),
    window: params.get('window'),
    kind: oneOf(params.get('kind'), KINDS) ?? 'orders',
    lines: [...new Set(params.getAll('line'))].filter((name) => name !== ''),
    view: oneOf(params.get('view'), ['cells', 'heat'] as const) ?? 'cells',
    heat: {
      radius: factor(params.get('radius')) ?? AUTOMATIC_HEAT.radius,
      strength: factor(params.get('strength')) ?? AUTOMATIC_HEAT.strength,
      weight: oneOf(params.get('weight'), ['percentile', 'classic'] as const) ?? AUTOMATIC_HEAT.weight,
    },
    overlays: OVERLAYS.filter((overlay) => params.getAll('over').includes(overlay)),
    areaKinds: areaKinds(params.getAll('areas')),
    vendorFilter: parseVendorFilter(params),
    camera: parseCamera(params.get('at')),
    lang: oneOf(params.get('lang'), ['fa', 'en'] as const) ?? preferences.lang,
    theme: oneOf(params.get('theme'), ['day', 'night'] as const) ?? preferences.theme,
  };
}

/** Leaves out what is a default, so that a fresh address is short. */
export function formatState(state: State, preferences: Preferences): string {
  const params = new URLSearchParams();
  const put = (name: string, value: string | null, fallback: string | null = null): void => {
    if (value !== null && value !== fallback) params.append(name, value);
  };
  put('city', state.city);
  put('window', state.window);
  put('kind', state.kind, 'orders');
  for (const line of state.lines) put('line', line);
  put('view', state.view, 'cells');
  put('radius', String(state.heat.radius), String(AUTOMATIC_HEAT.radius));
  put('strength', String(state.heat.strength), String(AUTOMATIC_HEAT.strength));
  put('weight', state.heat.weight, AUTOMATIC_HEAT.weight);
  for (const overlay of state.overlays) put('over', overlay);
  if (String(state.areaKinds) !== String(DEFAULT_AREA_KINDS)) for (const kind of state.areaKinds) put('areas', kind);
  putVendorFilter(params, state.vendorFilter);
  put('at', state.camera && formatCamera(state.camera));
  put('lang', state.lang, preferences.lang);
  put('theme', state.theme, preferences.theme);
  // A slash needs no escape in a fragment, and the address reads better without.
  const text = params.toString().replaceAll('%2F', '/');
  return text === '' ? '' : `#${text}`;
}

function parseVendorFilter(params: URLSearchParams): VendorFilter {
  const only = FACETS.flatMap((facet) => {
    const chosen = [...new Set(params.getAll(`vendor-${facet}`))].filter((value) => value !== '');
    return chosen.length > 0 ? [[facet, chosen] as const] : [];
  });
  const flags = FLAGS.flatMap((flag) => {
    const wanted = oneOf(params.get(`vendor-${flag}`), ['yes', 'no'] as const);
    return wanted ? [[flag, wanted === 'yes'] as const] : [];
  });
  const availability = Number(params.get('vendor-availability') ?? 0);
  return {
    only: Object.fromEntries(only),
    flags: Object.fromEntries(flags),
    codes: parseCodes(params.getAll('vendor-code').join(' ')),
    availability: availability > 0 && availability <= 1 ? availability : EVERY_VENDOR.availability,
  };
}

function putVendorFilter(params: URLSearchParams, { only, flags, codes, availability }: VendorFilter): void {
  for (const facet of FACETS) for (const value of only[facet] ?? []) params.append(`vendor-${facet}`, value);
  for (const flag of FLAGS) {
    const wanted = flags[flag];
    if (wanted !== undefined) params.append(`vendor-${flag}`, wanted ? 'yes' : 'no');
  }
  if (codes.length > 0) params.append('vendor-code', codes.join(' '));
  if (availability > 0) params.append('vendor-availability', String(availability));
}

function oneOf<T extends string>(value: string | null, options: readonly T[]): T | null {
  return options.find((option) => option === value) ?? null;
}

function areaKinds(chosen: readonly string[]): readonly AreaKind[] {
  const kinds = AREA_KINDS.filter((kind) => chosen.includes(kind));
  return kinds.length > 0 ? kinds : DEFAULT_AREA_KINDS;
}

export const FACTORS = { min: 0.25, max: 3, step: 0.05 } as const;

function factor(text: string | null): number | null {
  const value = Number(text ?? Number.NaN);
  return value >= FACTORS.min && value <= FACTORS.max ? value : null;
}

function parseCamera(text: string | null): Camera | null {
  const [zoom, lat, lng, ...rest] = (text ?? '').split('/').map((part) => (part === '' ? Number.NaN : Number(part)));
  if (zoom === undefined || lat === undefined || lng === undefined || rest.length > 0) return null;
  const isOnMap = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return isOnMap ? { zoom, lat, lng } : null;
}

function formatCamera({ zoom, lat, lng }: Camera): string {
  return `${zoom.toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}
