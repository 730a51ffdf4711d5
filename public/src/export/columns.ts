// The columns of a vendor, for the table on the page and for exported files.

import { AREA_KINDS, type AreaKind } from '@styles/areas';
import { FLAGS } from '@styles/vendorFilter';
import type { Area } from '../areas/areaList';
import type { I18n } from '../i18n/i18n';
import { gradeName, lineName } from '../i18n/texts';
import { type Radii, radiusOf } from '../vendors/radius';
import type { Vendor } from '../vendors/vendorTable';

export interface VendorColumn {
  id: string;
  label: string;
  /** The value in a file, which rows are also sorted by; `null` where it is unknown. Codes stay strings. */
  read(vendor: Vendor): string | number | null;
  /** The value as shown on the page. */
  show(value: string | number): string;
  /** Whether a workbook has the shown value, in the language of the page, instead of the value itself. */
  isNamed: boolean;
  /** In characters. */
  width: number;
}

export interface ColumnSource {
  i18n: I18n;
  radii: Radii;
  areas: readonly Area[];
  city: string;
}

export function vendorColumns({ i18n: { text, format }, radii, areas, city }: ColumnSource): VendorColumn[] {
  const names = areaNames(areas);
  const known = (vendor: Vendor, name: string): string | number | null => {
    const value = vendor[name];
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  };
  const word = (id: string, label: string, width: number, show: (value: string) => string = String): VendorColumn => {
    return {
      id,
      label,
      width,
      isNamed: true,
      read: (vendor) => known(vendor, id),
      show: (value) => show(String(value)),
    };
  };
  const number = (id: string, label: string, show: (value: number) => string = format.number): VendorColumn => {
    return {
      id,
      label,
      width: 12,
      isNamed: false,
      read: (vendor) => known(vendor, id),
      show: (value) => show(Number(value)),
    };
  };
  const flag = (id: string, label: string): VendorColumn => ({ ...number(id, label, isYes), isNamed: true });
  /** Codes stay numbers in a file, unless the configuration names them. */
  const status = (id: 'status' | 'vendor_status'): VendorColumn => {
    const names = text.statusNames[id];
    const show = (code: number): string => names[code] ?? format.number(code);
    return { ...number(id, text.vendorFacets[id], show), isNamed: Object.keys(names).length > 0 };
  };
  const isYes = (value: number): string => (value === 1 ? text.yes : text.no);
  return [
    word('name', text.facts.name, 26),
    word('code', text.facts.code, 12),
    word('platform', text.facts.platform, 12, (value) => text.platforms[value] ?? value),
    { id: 'city', label: text.city, width: 12, isNamed: true, read: () => city, show: String },
    word('line', text.line, 22, (value) => lineName(text, value)),
    word('grade', text.facts.grade, 16, (value) => gradeName(text, value)),
    number('radius_m', text.facts.radiusM),
    flag('radius_assumed', text.facts.radiusAssumed),
    {
      id: 'counted_m',
      label: text.facts.countedRadiusM,
      width: 12,
      isNamed: false,
      read: ({ radius_m: radiusM, grade }) => Math.round(radiusOf({ radiusM, grade }, radii)),
      show: (value) => format.number(Number(value)),
    },
    status('status'),
    status('vendor_status'),
    ...FLAGS.map((name) => flag(name, text.vendorFlags[name])),
    number('availability', text.facts.availability, format.percent),
    ...AREA_KINDS.toReversed().map((kind): VendorColumn => {
      const read = ({ areaIds }: Vendor): string | null => joined(areaIds, names[kind], text.listMark);
      return { id: kind, label: text.areaKindName[kind], width: 22, isNamed: true, read, show: String };
    }),
    number('lat', text.facts.latitude, format.degrees),
    number('lng', text.facts.longitude, format.degrees),
  ];
}

type Names = Record<AreaKind, ReadonlyMap<number, string>>;

function areaNames(areas: readonly Area[]): Names {
  const of = (kind: AreaKind): ReadonlyMap<number, string> =>
    new Map(areas.filter((area) => area.kind === kind).map(({ id, name }) => [id, name]));
  return { marketing: of('marketing'), region: of('region'), neighbourhood: of('neighbourhood') };
}

function joined(ids: readonly number[], names: ReadonlyMap<number, string>, mark: string): string | null {
  return ids.flatMap((id) => names.get(id) ?? []).join(mark) || null;
}
