// What is known of a picked area: its inhabitants, its vendors, and its orders where the server shows them.

import type { CellAttributes } from '@styles/measure';
import type { OrderStats, VendorStats } from '../areaStats';
import { gradeName, lineName } from '../i18n';
import { useModel, useWords } from './context';
import { type Fact, Facts, Tally } from './facts';

export function AreaFacts({ attributes }: { attributes: CellAttributes }) {
  const { areaStats } = useModel();
  const { text, format } = useWords();
  const id = Number(attributes.id);
  const vendors = areaStats?.vendors.get(id);
  const orders = areaStats?.orders.get(id);
  const fact = (name: string, label: string, value: unknown): Fact[] =>
    typeof value === 'number' ? [[name, label, format.decimal(value), value]] : [];
  const facts: Fact[] = [
    ...fact('population', text.facts.population, attributes.population),
    ...fact('density_km2', text.facts.density, attributes.density_km2),
    ...(vendors ? vendorFacts(vendors, text.facts.perTenThousand, text.facts.activeVendors, fact) : []),
    ...(orders ? orderFacts(orders) : []),
  ];
  function orderFacts(stats: OrderStats): Fact[] {
    return Object.entries(stats).flatMap(([slot, { orders, users }]) => [
      ...fact(`orders_${slot}`, text.facts.ordersOf(text.slotOf(slot, format.number)), orders),
      ...fact(`users_${slot}`, text.facts.usersOf(text.slotOf(slot, format.number)), users),
    ]);
  }
  return (
    <>
      <Facts facts={facts} />
      {vendors && vendors.total > 0 && (
        <div className="tallies">
          <Tally
            title={text.facts.byPlatform}
            of="platform"
            counts={vendors.byPlatform}
            nameOf={(name) => text.platforms[name] ?? name}
          />
          <Tally
            title={text.facts.byGrade}
            of="grade"
            counts={vendors.byGrade}
            nameOf={(name) => gradeName(text, name)}
          />
          <Tally title={text.facts.byLine} of="line" counts={vendors.byLine} nameOf={(name) => lineName(text, name)} />
        </div>
      )}
      {vendors && <footer className="muted">{text.activeHint}</footer>}
    </>
  );
}

function vendorFacts(
  { total, per10k }: VendorStats,
  perTenThousand: string,
  activeVendors: string,
  fact: (name: string, label: string, value: unknown) => Fact[],
): Fact[] {
  return [...fact('vendors', activeVendors, total), ...fact('per_10k', perTenThousand, per10k)];
}
