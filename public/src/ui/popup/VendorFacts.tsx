// The popup of a vendor: every field of the vendor table, and the areas that contain it.

import { AREA_KINDS } from '@styles/areas';
import { attribute, type CellAttributes } from '@styles/measure';
import { FLAGS, vendorKey } from '@styles/vendorFilter';
import { gradeRadiiOf } from '../../data/gradeRadii';
import { gradeName, lineName } from '../../i18n/texts';
import { isOwnRadius, radiiOf, radiusOf } from '../../vendors/radius';
import type { Vendor } from '../../vendors/vendorTable';
import { cityOf } from '../../view/model';
import { vendorValueName } from '../../view/summary';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { type Fact, Facts } from './FactList';

/** Tiles contain only the attributes that are drawn. The vendor table contains all of them. */
export function VendorFacts({ attributes }: { attributes: CellAttributes }) {
  const { vendorTable } = useModel('vendorTable');
  const key = vendorKey(attributes);
  const row = vendorTable?.vendors.find((vendor) => vendorKey(vendor) === key);
  return (
    <>
      <Identity attributes={row ?? attributes} />
      {row && <VendorLocation vendor={row} />}
    </>
  );
}

function Identity({ attributes }: { attributes: Readonly<Record<string, unknown>> }) {
  const { text, format } = useI18n();
  const { radiusMode } = useUrl('radiusMode');
  const gradeRadii = gradeRadiiOf(useModel('config', 'vendorTable'));
  const textFact = (name: string, label: string, shown: (value: string) => string = (value) => value): Fact[] => {
    const value = attributes[name];
    return typeof value === 'string' ? [[name, label, shown(value), value]] : [];
  };
  const numberFact = (name: string, label: string, shown: (value: number) => string): Fact[] => {
    const value = attributes[name];
    return typeof value === 'number' ? [[name, label, shown(value), value]] : [];
  };
  const ownRadius = attribute(attributes as CellAttributes, 'radius_m');
  const countedRadius = radiusOf(
    { radiusM: ownRadius, grade: String(attributes.grade ?? '') },
    radiiOf(radiusMode, gradeRadii),
  );
  const radius = format.kilometres(ownRadius);
  return (
    <Facts
      facts={[
        ...textFact('code', text.facts.code),
        ...textFact('platform', text.facts.platform, (value) => text.platforms[value] ?? value),
        ...textFact('line', text.line, (value) => lineName(text, value)),
        ...textFact('grade', text.facts.grade, (value) => gradeName(text, value)),
        ['radius_m', text.facts.radius, attributes.radius_assumed === 1 ? text.assumed(radius) : radius, ownRadius],
        ...(isOwnRadius(radiusMode)
          ? []
          : [['counted_m', text.facts.countedRadius, format.kilometres(countedRadius), countedRadius] as const]),
        ...(['status', 'vendor_status'] as const).flatMap((facet) =>
          numberFact(facet, text.vendorFacets[facet], (code) => vendorValueName(facet, String(code), { text, format })),
        ),
        ...FLAGS.flatMap((flag) =>
          numberFact(flag, text.vendorFlags[flag], (value) => (value === 1 ? text.yes : text.no)),
        ),
        ...numberFact('availability', text.facts.availability, format.percent),
        ...numberFact('cluster', text.facts.cluster, format.number),
      ]}
    />
  );
}

function VendorLocation({ vendor }: { vendor: Vendor }) {
  const { areaList, catalog } = useModel('areaList', 'catalog');
  const state = useUrl();
  const { text, format } = useI18n();
  const city = catalog && cityOf(catalog, state);
  const cityName = city && (state.lang === 'fa' ? city.name_fa : city.name_en);
  const areas = AREA_KINDS.toReversed().flatMap((kind): Fact[] => {
    const containing = areaList?.areas.filter((area) => area.kind === kind && vendor.areaIds.includes(area.id)) ?? [];
    const ids = containing.map(({ id }) => id).join(' ');
    return containing.length > 0
      ? [[kind, text.areaKindName[kind], format.list(containing.map(({ name }) => name)), ids]]
      : [];
  });
  return (
    <Facts
      facts={[
        ...(cityName ? [['city', text.city, cityName, city.key] as const] : []),
        ...areas,
        ['lat', text.facts.latitude, format.degrees(vendor.lat), vendor.lat],
        ['lng', text.facts.longitude, format.degrees(vendor.lng), vendor.lng],
      ]}
    />
  );
}
