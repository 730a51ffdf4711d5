// Lists of labelled values in a popup.

import type { VendorCounts } from '../../vendors/countBy';
import { useI18n } from '../hooks/context';

/** An id that tests use, a label, the formatted value and the raw value. */
export type Fact = readonly [name: string, label: string, shown: string, value: string | number];

export function Facts({ facts }: { facts: readonly Fact[] }) {
  if (facts.length === 0) return null;
  return (
    <dl className="totals facts">
      {facts.map(([name, label, shown, value]) => (
        <div key={name} data-fact={name} data-value={value}>
          <dt>{label}</dt>
          <dd dir="auto">{shown}</dd>
        </div>
      ))}
    </dl>
  );
}

interface CountListProps {
  title: string;
  /** The attribute that is counted, for tests. */
  of: string;
  counts: VendorCounts;
  nameOf: (name: string) => string;
}

/** Numbers of vendors by the values of an attribute, such as grades. */
export function CountList({ title, of, counts, nameOf }: CountListProps) {
  const { format } = useI18n();
  if (counts.length === 0) return null;
  return (
    <div className="count-list">
      <h3>{title}</h3>
      <dl>
        {counts.map(([name, vendors]) => (
          <div key={name} data-fact={`${of}:${name}`} data-value={vendors}>
            <dt>
              <bdi>{nameOf(name)}</bdi>
            </dt>
            <dd>{format.number(vendors)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
