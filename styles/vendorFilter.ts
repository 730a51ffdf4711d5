// Which vendors are shown: the reader's choice, as a predicate over attributes and as a style filter. They agree.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';

/** Attributes of which some values may be chosen; none chosen means all. */
export const FACETS = ['platform', 'line', 'grade', 'status', 'vendor_status'] as const;
export type Facet = (typeof FACETS)[number];

/** Attributes that are 1 or 0, or left out where nobody knows. */
export const FLAGS = ['visible', 'open', 'is_express', 'is_dual', 'own_delivery', 'ofood_delivery'] as const;
export type Flag = (typeof FLAGS)[number];

export interface VendorFilter {
  /** Values as text, numbers too. */
  only: Readonly<Partial<Record<Facet, readonly string[]>>>;
  flags: Readonly<Partial<Record<Flag, boolean>>>;
  /** Codes of the only vendors wanted; none means all. */
  codes: readonly string[];
  /** Least availability, 0 to 1; at 0 those without one pass too. */
  availability: number;
}

export const EVERY_VENDOR: VendorFilter = { only: {}, flags: {}, codes: [], availability: 0 };

/** Those that take orders now: active (status 5) and visible. The published coverage counts the same ones. */
export const USUAL_VENDORS: VendorFilter = {
  only: { status: ['5'] },
  flags: { visible: true },
  codes: [],
  availability: 0,
};

export type VendorAttributes = Readonly<Record<string, unknown>>;

export function isEveryVendor({ only, flags, codes, availability }: VendorFilter): boolean {
  return (
    availability === 0 &&
    codes.length === 0 &&
    FACETS.every((facet) => !only[facet]?.length) &&
    FLAGS.every((f) => flags[f] === undefined)
  );
}

/** Whether a vendor is shown; `except` leaves one part of the filter out, to count what choosing there would give. */
export function isShown(filter: VendorFilter, vendor: VendorAttributes, except?: Facet | Flag): boolean {
  const { only, flags, codes, availability } = filter;
  return (
    FACETS.every((facet) => {
      const chosen = only[facet];
      return facet === except || !chosen?.length || chosen.includes(String(vendor[facet] ?? ''));
    }) &&
    FLAGS.every((flag) => {
      const wanted = flags[flag];
      return flag === except || wanted === undefined || vendor[flag] === Number(wanted);
    }) &&
    (codes.length === 0 || codes.includes(String(vendor.code))) &&
    (availability === 0 || Number(vendor.availability ?? -1) >= availability)
  );
}

/** The same as a filter of the style; `null` where every vendor is shown. */
export function vendorFilterExpression(filter: VendorFilter): ExpressionSpecification | null {
  if (isEveryVendor(filter)) return null;
  const { only, flags, codes, availability } = filter;
  const parts: ExpressionSpecification[] = [];
  for (const facet of FACETS) {
    const chosen = only[facet];
    if (chosen?.length) parts.push(['in', ['to-string', ['get', facet]], ['literal', [...chosen]]]);
  }
  for (const flag of FLAGS) {
    const wanted = flags[flag];
    if (wanted !== undefined) parts.push(['==', ['get', flag], Number(wanted)]);
  }
  if (codes.length > 0) parts.push(['in', ['get', 'code'], ['literal', [...codes]]]);
  if (availability > 0) parts.push(['>=', ['coalesce', ['get', 'availability'], -1], availability]);
  return ['all', ...parts] as ExpressionSpecification;
}

/** Codes as people paste them: parted by blanks, lines, commas or semicolons of either script, digits of either script. */
export function parseCodes(text: string): string[] {
  const latin = text.replace(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
  return [...new Set(latin.split(/[\s,;،؛]+/).filter((code) => code !== ''))];
}
