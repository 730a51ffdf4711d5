// The popup of an area: its population, its filtered vendors, and its orders where the server shows them.

import type { CellAttributes } from '@styles/measure';
import { EVERY_VENDOR, isEveryVendor, isShown } from '@styles/vendorFilter';
import { ordersIn, usersIn } from '../../areas/areaOrders';
import { ALL_DAYS, PLATFORMS, perTenThousand } from '../../areas/areaStat';
import { lineIndices } from '../../data/lines';
import { countedSlot } from '../../data/tileJson';
import { gradeName, lineName } from '../../i18n/texts';
import { shownFilter } from '../../vendors/activeFilter';
import { countBy } from '../../vendors/countBy';
import type { Vendor } from '../../vendors/vendorTable';
import { cityNameOf, describeVendorFilter, linesOf } from '../../view/summary';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { AreaChoiceButton } from './AreaChoiceButton';
import { Context } from './Context';
import { CountList, type Fact, Facts } from './FactList';

export function AreaFacts({ attributes }: { attributes: CellAttributes }) {
  const { vendorTable, catalog } = useModel('vendorTable', 'catalog');
  const state = useUrl('vendorFilter', 'city', 'lang');
  const { vendorFilter } = state;
  const id = Number(attributes.id);
  const filter = { ...shownFilter(vendorFilter, vendorTable), areas: [id] };
  const shown = vendorTable?.vendors.filter((vendor) => isShown(filter, vendor)) ?? null;
  return (
    <>
      <Context parts={[cityNameOf(state, catalog)]} />
      <Facts facts={[...usePeopleFacts(attributes), ...useVendorFacts(attributes, shown), ...useOrderFacts(id)]} />
      {shown && <VendorCountLists vendors={shown} />}
      <AreaChoiceButton id={id} />
    </>
  );
}

type MakeFact = (name: string, label: string, value: unknown) => Fact[];

/** Unknown values are left out. */
function useFact(): MakeFact {
  const { format } = useI18n();
  return (name, label, value) => (typeof value === 'number' ? [[name, label, format.figure(value), value]] : []);
}

function usePeopleFacts({ population, density_km2: density }: CellAttributes): Fact[] {
  const { text } = useI18n();
  const fact = useFact();
  return [
    ...fact('population', text.facts.population, population),
    ...fact('density_km2', text.facts.density, density),
  ];
}

function useVendorFacts({ population }: CellAttributes, vendors: readonly Vendor[] | null): Fact[] {
  const { text } = useI18n();
  const fact = useFact();
  if (!vendors) return [];
  const people = typeof population === 'number' ? population : null;
  return [
    ...fact('vendors', text.facts.activeVendors, vendors.length),
    ...fact('per_10k', text.facts.perTenThousand, perTenThousand(vendors.length, people)),
  ];
}

/** Orders and users of the window and of all days. Users of several lines are shown as bounds. */
function useOrderFacts(id: number): Fact[] {
  const { areaOrders, dataset, config } = useModel('areaOrders', 'dataset', 'config');
  const { lines } = useUrl('lines');
  const { text, format } = useI18n();
  const fact = useFact();
  const counts = areaOrders?.counts.get(id);
  if (!(areaOrders && counts)) return [];
  const chosen = lineIndices(lines, areaOrders.lines);
  const slots = [countedSlot(dataset), ALL_DAYS];
  return [...new Set(slots)].flatMap((slot) => {
    const own = counts[slot];
    if (!own) return [];
    const isWindow = dataset?.layer.slot === slot && slot !== ALL_DAYS;
    const days =
      dataset && isWindow ? format.days(dataset.layer.from, dataset.layer.to) : text.slotOf(slot, format.number);
    const range = text.areaRange(days, linesOf({ lines }, areaOrders, { text, format }));
    const { min, max } = usersIn(own, chosen);
    const users = min === max ? format.number(min) : text.between(format.number(min), format.number(max));
    return [
      ...fact(`orders_${slot}`, text.facts.ordersOf(range), ordersIn(own, chosen)),
      ...(config.hide_users
        ? []
        : [[`users_${slot}`, text.facts.usersOf(range), users, min === max ? min : `${min}-${max}`] as const]),
    ];
  });
}

function VendorCountLists({ vendors }: { vendors: readonly Vendor[] }) {
  const { vendorTable } = useModel('vendorTable');
  const { vendorFilter } = useUrl('vendorFilter');
  const i18n = useI18n();
  const { text, format } = i18n;
  const filter = { ...shownFilter(vendorFilter, vendorTable), areas: EVERY_VENDOR.areas };
  const names = vendorTable?.names;
  return (
    <>
      {vendors.length > 0 && (
        <div className="count-lists">
          <CountList
            title={text.facts.byPlatform}
            of="platform"
            counts={countBy(vendors, 'platform', PLATFORMS)}
            nameOf={(name) => text.platforms[name] ?? name}
          />
          <CountList
            title={text.facts.byGrade}
            of="grade"
            counts={countBy(vendors, 'grade', names?.grade ?? [])}
            nameOf={(name) => gradeName(text, name)}
          />
          <CountList
            title={text.facts.byLine}
            of="line"
            counts={countBy(vendors, 'line', names?.line ?? [])}
            nameOf={(name) => lineName(text, name)}
          />
        </div>
      )}
      <p className="muted counted">
        {isEveryVendor(filter)
          ? text.everyVendorCounted
          : text.filteredCounted(format.list(describeVendorFilter(filter, i18n)))}
      </p>
    </>
  );
}
