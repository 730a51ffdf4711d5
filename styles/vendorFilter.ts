// Which vendors are shown: the reader's choice, as a predicate over attributes and as a style filter. They agree.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';

/** Attributes of which some values may be chosen; none chosen means all. */
export const FACETS = ['line', 'grade', 'status', 'vendor_status'] as const;
export type Facet = (typeof FACETS)[number];

/**
 * Whose vendors the map shows: all of both platforms, one platform's, Snappfood's without those that are on Tapsifood
 * too, or Tapsifood's and those, so that nobody is there twice.
 */
export const VENDOR_TYPES = ['any', 'tapsifood', 'snappfood', 'snappfood-alone', 'combined'] as const;
export type VendorType = (typeof VENDOR_TYPES)[number];

/** Attributes that are 1 or 0, or left out where nobody knows. */
export const FLAGS = ['visible', 'open', 'is_express', 'is_dual', 'own_delivery', 'ofood_delivery'] as const;
export type Flag = (typeof FLAGS)[number];

export interface VendorFilter {
  type: VendorType;
  /** Values as text, numbers too. */
  only: Readonly<Partial<Record<Facet, readonly string[]>>>;
  flags: Readonly<Partial<Record<Flag, boolean>>>;
  /** Codes of the only vendors wanted; none means all. */
  codes: readonly string[];
  /** Least availability, 0 to 1; at 0 those without one pass too. */
  availability: number;
  /** Ids of the areas, of any kind, that vendors must lie in one of; none means anywhere. */
  areas: readonly number[];
}

export const EVERY_VENDOR: VendorFilter = { type: 'any', only: {}, flags: {}, codes: [], availability: 0, areas: [] };

/** Those that take orders now: active (status 5) and visible. The published coverage counts the same ones. */
export const DEFAULT_VENDORS: VendorFilter = { ...EVERY_VENDOR, only: { status: ['5'] }, flags: { visible: true } };

export type VendorAttributes = Readonly<Record<string, unknown>>;

export function isSameFilter(a: VendorFilter, b: VendorFilter): boolean {
  const sorted = (values: readonly (string | number)[] = []): string => JSON.stringify(values.toSorted());
  return (
    a.type === b.type &&
    a.availability === b.availability &&
    sorted(a.codes) === sorted(b.codes) &&
    sorted(a.areas) === sorted(b.areas) &&
    FACETS.every((facet) => sorted(a.only[facet]) === sorted(b.only[facet])) &&
    FLAGS.every((flag) => a.flags[flag] === b.flags[flag])
  );
}

export function isEveryVendor(filter: VendorFilter): boolean {
  return isSameFilter(filter, EVERY_VENDOR);
}

/** A part of the filter whose choices are counted. */
export type CountedField = Facet | Flag | 'type';

/** The one part of the filter that hides a vendor; `null` where it is shown, `'more'` where no choice at one part would show it. */
export function hidingField(filter: VendorFilter, vendor: VendorAttributes): CountedField | 'more' | null {
  const { type, only, flags, codes, availability, areas } = filter;
  let hiding: CountedField | null = isOfType(type, vendor) ? null : 'type';
  for (const facet of FACETS) {
    const chosen = only[facet];
    if (!chosen?.length || chosen.includes(String(vendor[facet] ?? ''))) continue;
    if (hiding) return 'more';
    hiding = facet;
  }
  for (const flag of FLAGS) {
    const wanted = flags[flag];
    if (wanted === undefined || vendor[flag] === Number(wanted)) continue;
    if (hiding) return 'more';
    hiding = flag;
  }
  const passes =
    (codes.length === 0 || codes.includes(String(vendor.code))) &&
    (availability === 0 || Number(vendor.availability ?? -1) >= availability) &&
    (areas.length === 0 || (Array.isArray(vendor.areaIds) && vendor.areaIds.some((id) => areas.includes(id))));
  return passes ? hiding : 'more';
}

export function isShown(filter: VendorFilter, vendor: VendorAttributes): boolean {
  return hidingField(filter, vendor) === null;
}

export function isOfType(type: VendorType, { platform, is_dual }: VendorAttributes): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'tapsifood':
    case 'snappfood':
      return platform === type;
    case 'snappfood-alone':
      return platform === 'snappfood' && is_dual !== 1;
    case 'combined':
      return platform !== 'snappfood' || is_dual !== 1;
  }
}

/** What a vendor is known by: a code may be on both platforms. */
export const vendorKey = ({ platform, code }: VendorAttributes): string => `${platform} ${code}`;

/**
 * The same as a filter of the style; `null` where every vendor is shown. A tile names one area of a kind only, so who
 * lies in the chosen areas comes as keys of vendors.
 */
export function vendorFilterExpression(
  filter: VendorFilter,
  inside: readonly string[] = [],
): ExpressionSpecification | null {
  if (isEveryVendor(filter)) return null;
  const { type, only, flags, codes, availability, areas } = filter;
  const parts: (ExpressionSpecification | boolean)[] = [...typeConditions(type)];
  for (const facet of FACETS) {
    const chosen = only[facet];
    if (chosen?.length) parts.push(['in', ['to-string', ['get', facet]], ['literal', [...chosen]]]);
  }
  for (const flag of FLAGS) {
    const wanted = flags[flag];
    if (wanted !== undefined) parts.push(['==', ['get', flag], Number(wanted)]);
  }
  if (codes.length > 0) parts.push(isOneOf(['get', 'code'], codes));
  if (availability > 0) parts.push(['>=', ['coalesce', ['get', 'availability'], -1], availability]);
  if (areas.length > 0) parts.push(isOneOf(['concat', ['get', 'platform'], ' ', ['get', 'code']], inside));
  return ['all', ...parts] as ExpressionSpecification;
}

function typeConditions(type: VendorType): ExpressionSpecification[] {
  const isSnappfood: ExpressionSpecification = ['==', ['get', 'platform'], 'snappfood'];
  const isSingle: ExpressionSpecification = ['!=', ['get', 'is_dual'], 1];
  switch (type) {
    case 'any':
      return [];
    case 'tapsifood':
    case 'snappfood':
      return [['==', ['get', 'platform'], type]];
    case 'snappfood-alone':
      return [isSnappfood, isSingle];
    case 'combined':
      return [['any', ['!', isSnappfood], isSingle]];
  }
}

/** A match finds its label at once, however many there are. */
function isOneOf(value: ExpressionSpecification, labels: readonly string[]): ExpressionSpecification | boolean {
  return labels.length > 0 && (['match', value, [...new Set(labels)], true, false] as ExpressionSpecification);
}

/** Codes as people paste them: parted by blanks, lines, commas or semicolons of either script, digits of either script. */
export function parseCodes(text: string): string[] {
  const latin = text.replace(/[۰-۹٠-٩]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
  return [...new Set(latin.split(/[\s,;،؛]+/).filter((code) => code !== ''))];
}
