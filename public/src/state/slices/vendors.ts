// Which vendors are shown: by default the active and visible ones. The URL values `all` and `any` lift a default.

import { DEFAULT_VENDORS, EVERY_VENDOR, FACETS, FLAGS, VENDOR_TYPES, type VendorFilter } from '@styles/vendorFilter';
import { parseCodes } from '../../vendors/codes';
import { formatAreaIds, parseAreaIds } from '../areaIds';
import { named, oneOf, put } from './params';

export interface VendorsState {
  vendorFilter: VendorFilter;
}

export function parseVendors(params: URLSearchParams): VendorsState {
  const only = FACETS.flatMap((facet) => {
    const chosen = parseFacet(params.getAll(`vendor-${facet}`), DEFAULT_VENDORS.only[facet] ?? []);
    return chosen.length > 0 ? [[facet, chosen] as const] : [];
  });
  const flags = FLAGS.flatMap((flag) => {
    const wanted = oneOf(params.get(`vendor-${flag}`), ['yes', 'no', 'any'] as const);
    const value = wanted === null ? DEFAULT_VENDORS.flags[flag] : wanted === 'any' ? undefined : wanted === 'yes';
    return value === undefined ? [] : [[flag, value] as const];
  });
  const availability = Number(params.get('vendor-availability') ?? 0);
  return {
    vendorFilter: {
      type: oneOf(params.get('vendor-type'), VENDOR_TYPES) ?? EVERY_VENDOR.type,
      only: Object.fromEntries(only),
      flags: Object.fromEntries(flags),
      codes: parseCodes(params.getAll('vendor-code').join(' ')),
      availability: availability > 0 && availability <= 1 ? availability : EVERY_VENDOR.availability,
      areas: parseAreaIds(params.get('in') ?? ''),
    },
  };
}

export function putVendors(params: URLSearchParams, { vendorFilter }: VendorsState): void {
  const { type, only, flags, codes, availability, areas } = vendorFilter;
  put(params, 'vendor-type', type, EVERY_VENDOR.type);
  for (const facet of FACETS) putFacet(params, `vendor-${facet}`, only[facet] ?? [], DEFAULT_VENDORS.only[facet] ?? []);
  for (const flag of FLAGS) {
    put(params, `vendor-${flag}`, formatFlag(flags[flag]), formatFlag(DEFAULT_VENDORS.flags[flag]));
  }
  if (codes.length > 0) put(params, 'vendor-code', codes.join(' '));
  if (availability > 0) put(params, 'vendor-availability', String(availability));
  put(params, 'in', formatAreaIds(areas), '');
}

const EVERY_VALUE = 'all';

function parseFacet(values: readonly string[], defaults: readonly string[]): readonly string[] {
  const chosen = named(values);
  if (chosen.length === 0) return defaults;
  return chosen.includes(EVERY_VALUE) ? [] : chosen;
}

function putFacet(params: URLSearchParams, name: string, chosen: readonly string[], defaults: readonly string[]): void {
  if (String(chosen) === String(defaults)) return;
  for (const value of chosen.length === 0 ? [EVERY_VALUE] : chosen) put(params, name, value);
}

function formatFlag(wanted: boolean | undefined): string {
  return wanted === undefined ? 'any' : wanted ? 'yes' : 'no';
}
