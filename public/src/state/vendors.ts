// Which vendors are shown.

import { EVERY_VENDOR, FACETS, FLAGS, parseCodes, type VendorFilter } from '@styles/vendorFilter';
import { named, oneOf, put } from './params';

export interface VendorsState {
  vendorFilter: VendorFilter;
}

export function parseVendors(params: URLSearchParams): VendorsState {
  const only = FACETS.flatMap((facet) => {
    const chosen = named(params.getAll(`vendor-${facet}`));
    return chosen.length > 0 ? [[facet, chosen] as const] : [];
  });
  const flags = FLAGS.flatMap((flag) => {
    const wanted = oneOf(params.get(`vendor-${flag}`), ['yes', 'no'] as const);
    return wanted ? [[flag, wanted === 'yes'] as const] : [];
  });
  const availability = Number(params.get('vendor-availability') ?? 0);
  return {
    vendorFilter: {
      only: Object.fromEntries(only),
      flags: Object.fromEntries(flags),
      codes: parseCodes(params.getAll('vendor-code').join(' ')),
      availability: availability > 0 && availability <= 1 ? availability : EVERY_VENDOR.availability,
    },
  };
}

export function putVendors(params: URLSearchParams, { vendorFilter }: VendorsState): void {
  const { only, flags, codes, availability } = vendorFilter;
  for (const facet of FACETS) for (const value of only[facet] ?? []) put(params, `vendor-${facet}`, value);
  for (const flag of FLAGS) {
    const wanted = flags[flag];
    if (wanted !== undefined) put(params, `vendor-${flag}`, wanted ? 'yes' : 'no');
  }
  if (codes.length > 0) put(params, 'vendor-code', codes.join(' '));
  if (availability > 0) put(params, 'vendor-availability', String(availability));
}
