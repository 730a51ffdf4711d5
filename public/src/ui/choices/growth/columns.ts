// The columns of the table of areas by change.

import { RETENTION_STATS } from '../../../areas/areaStat';
import { useI18n, useModel } from '../../hooks/context';
import type { AreaChange } from './useAreaChanges';

export type Column = 'name' | 'was' | 'now' | 'per-day' | 'share' | (typeof RETENTION_STATS)[number];

export interface AreaColumn {
  id: Column;
  label: string;
  /** For files and sorting; `null` where it is unknown. */
  read(row: AreaChange): string | number | null;
  show(row: AreaChange): string;
}

export function useColumns(): AreaColumn[] {
  const { dataset } = useModel('dataset');
  const { text, format } = useI18n();
  const { layer, growth } = dataset ?? {};
  const days = (range: { from: string; to: string } | undefined): string =>
    range ? format.days(range.from, range.to) : '';
  return [
    { id: 'name', label: text.areaKinds, read: ({ name }) => name, show: ({ name }) => name },
    { id: 'was', label: days(growth?.before), read: ({ was }) => was, show: ({ was }) => format.number(was) },
    { id: 'now', label: days(layer), read: ({ now }) => now, show: ({ now }) => format.number(now) },
    {
      id: 'per-day',
      label: text.growthPerDay,
      read: ({ perDay }) => perDay,
      show: ({ perDay }) => format.signed(perDay),
    },
    {
      id: 'share',
      label: text.growthShare,
      read: ({ share }) => share,
      show: ({ share, now }) => (share !== null ? format.signedPercent(share) : now > 0 ? text.growthIsNew : '–'),
    },
    ...RETENTION_STATS.map((stat): AreaColumn => {
      const read = ({ retention }: AreaChange): number | null => retention?.[stat] ?? null;
      return { id: stat, label: text.areaFills[stat], read, show: (row) => format.number(read(row) ?? 0) };
    }),
  ];
}

/** Unknown values come last, and areas with equal values by name. */
export function sortedBy(rows: readonly AreaChange[], by: Column, isRising: boolean): AreaChange[] {
  const figureOf = (row: AreaChange): number | null => {
    switch (by) {
      case 'name':
        return 0;
      case 'per-day':
        return row.perDay;
      case 'was':
      case 'now':
      case 'share':
        return row[by];
      default:
        return row.retention?.[by] ?? null;
    }
  };
  const sign = isRising ? 1 : -1;
  return rows.toSorted((a, b) => {
    const [one, other] = [figureOf(a), figureOf(b)];
    const byName = NAMES.compare(a.name, b.name);
    if (by === 'name') return sign * byName;
    if (one === null || other === null) return Number(one === null) - Number(other === null) || byName;
    return sign * (one - other) || byName;
  });
}

const NAMES = new Intl.Collator('fa', { numeric: true });
