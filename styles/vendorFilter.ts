// The vendor filter, as a predicate over attributes and as an equivalent style filter.

import type { ExpressionSpecification } from '@maplibre/maplibre-gl-style-spec';

/** Attributes with a choice of values. An empty choice means all. */
export const FACETS = ['line', 'grade', 'status', 'vendor_status'] as const;
export type Facet = (typeof FACETS)[number];

/**
 * The platforms: all vendors of both; one platform; Snappfood without vendors that are also on Tapsifood; or Tapsifood
 * plus the latter, so that no vendor appears twice.
 */
export const VENDOR_TYPES = ['any', 'tapsifood', 'snappfood', 'snappfood-alone', 'combined'] as const;
export type VendorType = (typeof VENDOR_TYPES)[number];

/** Attributes that are 1 or 0, or absent where unknown. */
export const FLAGS = ['visible', 'open', 'is_express', 'is_dual', 'own_delivery', 'ofood_delivery'] as const;
export type Flag = (typeof FLAGS)[number];

export interface VendorFilter {
  type: VendorType;
  /** The values as strings, including numeric ones. */
  only: Readonly<Partial<Record<Facet, readonly string[]>>>;
  flags: Readonly<Partial<Record<Flag, boolean>>>;
  /** The codes of the wanted vendors. An empty list means all. */
  codes: readonly string[];
  /** The minimum availability, 0 to 1. At 0, vendors with unknown availability pass too. */
  availability: number;
  /** The ids of areas of any kind. Vendors must lie in one of them. An empty list means anywhere. */
  areas: readonly number[];
}

export const EVERY_VENDOR: VendorFilter = { type: 'any', only: {}, flags: {}, codes: [], availability: 0, areas: [] };

/** Vendors that take orders now: active (status 5) and visible. Published coverage counts the same vendors. */
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

/** A field of the filter whose options show counts. */
export type CountedField = Facet | Flag | 'type';

/** The only field that hides a vendor; `null` if it is shown, `'more'` if no change to a single field would show it. */
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

/** Identifies a vendor. A code may exist on both platforms. */
export const vendorKey = ({ platform, code }: VendorAttributes): string => `${platform} ${code}`;

/**
 * The style filter; `null` if every vendor is shown. Tiles have only one area of each kind, so the vendors inside the
 * chosen areas are passed as keys.
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

/** `match` looks up its labels in constant time. */
function isOneOf(value: ExpressionSpecification, labels: readonly string[]): ExpressionSpecification | boolean {
  return labels.length > 0 && (['match', value, [...new Set(labels)], true, false] as ExpressionSpecification);
}
