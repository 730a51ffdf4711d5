// The target gap by area: a table that sorts by any column, flies to an area, and is saved as CSV or workbook.

import './AreaGaps.css';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { AreaGap } from '../../coverage/areaGaps';
import type { CoverageSettings } from '../../coverage/settings';
import { tableAsCsv } from '../../export/csv';
import { download, EXPORT_KINDS, type ExportKind } from '../../export/file';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { useShowArea } from '../hooks/useShowResult';

interface AreaGapsProps {
  city: string;
  line: number;
  /** The published name of the line, for the name of the file. */
  lineKey: string;
  settings: CoverageSettings;
}

const COLUMNS = ['name', 'target', 'median', 'below'] as const;
type Column = (typeof COLUMNS)[number];
type NamedGap = AreaGap & { name: string };

export default function AreaGaps({ city, line, lineKey, settings }: AreaGapsProps) {
  const { text, format } = useI18n();
  const gaps = useGaps(city, line, settings);
  const [sorting, setSorting] = useState<{ by: Column; isRising: boolean }>({ by: 'below', isRising: false });
  const save = useSave(city, lineKey);
  const rows = useNamed(gaps).toSorted((a, b) => (sorting.isRising ? 1 : -1) * compare(sorting.by, a, b));
  const labels = useLabels();
  if (!gaps) return <p className="hint">{text.searching}</p>;
  const sort = (by: Column): void =>
    setSorting({ by, isRising: by === sorting.by ? !sorting.isRising : by === 'name' });
  return (
    <div className="area-gaps" data-gaps={rows.length}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="area-gap-rows" tabIndex={0} aria-label={text.areaGaps}>
        <table>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th
                  key={column}
                  scope="col"
                  aria-sort={sorting.by === column ? (sorting.isRising ? 'ascending' : 'descending') : 'none'}
                >
                  <Button className="quiet" data-sort={column} onPress={() => sort(column)}>
                    {labels[column]}
                    {sorting.by === column && <span aria-hidden="true">{sorting.isRising ? '▲' : '▼'}</span>}
                  </Button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((gap) => (
              <GapRow key={gap.area} gap={gap} />
            ))}
          </tbody>
        </table>
      </section>
      <div className="area-gap-files">
        {EXPORT_KINDS.map((kind) => (
          <Button key={kind} className="quiet reset" data-action={`gaps-${kind}`} onPress={() => void save(kind, rows)}>
            {text.exportAs[kind]}
          </Button>
        ))}
      </div>
      <p className="hint">{text.areaGapsHint(format.number(rows.length))}</p>
    </div>
  );
}

function GapRow({ gap }: { gap: NamedGap }) {
  const { areaList } = useModel('areaList');
  const { format, text } = useI18n();
  const showArea = useShowArea();
  const area = areaList?.areas.find(({ id }) => id === gap.area);
  return (
    <tr data-area={gap.area} data-target={gap.target} data-median={gap.median} data-below={gap.below}>
      <th scope="row">
        <Button className="quiet" isDisabled={!area} onPress={() => area && void showArea(area)}>
          <span className="name-text" dir="auto">
            {gap.name}
          </span>
        </Button>
      </th>
      <td>{format.number(gap.target)}</td>
      <td>{format.decimal(gap.median)}</td>
      <td>{text.outOf(format.number(gap.below), format.number(gap.cells))}</td>
    </tr>
  );
}

function compare(by: Column, a: NamedGap, b: NamedGap): number {
  return by === 'name' ? NAMES.compare(a.name, b.name) : a[by] - b[by] || NAMES.compare(b.name, a.name);
}

const NAMES = new Intl.Collator('fa', { numeric: true });

function useLabels(): Record<Column, string> {
  const { text } = useI18n();
  return {
    name: text.areaKindName.marketing,
    target: text.facts.target,
    median: text.medianVendors,
    below: text.belowTarget,
  };
}

function useNamed(gaps: readonly AreaGap[] | null): NamedGap[] {
  const { areaList } = useModel('areaList');
  const nameOf = (id: number): string => areaList?.areas.find((area) => area.id === id)?.name ?? String(id);
  return (gaps ?? []).map((gap) => ({ ...gap, name: nameOf(gap.area) }));
}

/** `null` until the worker has answered. While a slider moves, older answers are dropped. */
function useGaps(city: string, line: number, settings: CoverageSettings): AreaGap[] | null {
  const { coverage, model } = useApp();
  const [found, setFound] = useState<{ key: string; gaps: AreaGap[] } | null>(null);
  const key = JSON.stringify({ settings, city, line });
  useEffect(() => {
    let isCurrent = true;
    const asked = JSON.parse(key);
    const timer = setTimeout(() => {
      coverage()
        .areaGaps(asked.settings, asked.city, asked.line)
        .then(
          (gaps) => isCurrent && setFound({ key, gaps: gaps ?? [] }),
          (error: unknown) => model.fail('vendors', String(error), null),
        );
    }, SETTLE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [coverage, model, key]);
  return found?.key === key ? found.gaps : null;
}

const SETTLE_MS = 150;

function useSave(city: string, lineKey: string): (kind: ExportKind, rows: readonly NamedGap[]) => Promise<void> {
  const { model } = useApp();
  const { lang } = useUrl('lang');
  const { text, format } = useI18n();
  const labels = useLabels();
  const head = [labels.name, labels.target, labels.median, labels.below, text.cellsOfArea, text.missingVendors];
  return (kind, gaps) =>
    model.attempt('export', async () => {
      const rows = gaps.map(({ name, target, median, below, cells, missing }) => [
        name,
        target,
        median,
        below,
        cells,
        missing,
      ]);
      const words = lineKey.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
      const name = `foodmap-target-gap-${city}-${words}-${format.isoDay(new Date().toISOString())}.${kind}`;
      if (kind === 'csv') {
        return download({ name, blob: new Blob([tableAsCsv([head, ...rows])], { type: 'text/csv;charset=utf-8' }) });
      }
      const { tableAsWorkbook } = await import('../../export/workbook');
      download({ name, blob: await tableAsWorkbook(text.areaGaps, [head, ...rows], lang === 'fa') });
    });
}
