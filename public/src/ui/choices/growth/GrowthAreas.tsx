// Areas by their change: a table that sorts by any column, flies to an area, and is saved as CSV or workbook.

import './Growth.css';
import { AREA_KINDS, type AreaKind } from '@styles/areas';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { RETENTION_STATS } from '../../../areas/areaStat';
import { EXPORT_KINDS } from '../../../export/file';
import type { Growth } from '../../../state/slices/growth';
import { growthRefusal } from '../../../view/range/growth';
import { cityNameOf, linesOf } from '../../../view/summary';
import { Cross } from '../../controls/icons';
import { SegmentedControl } from '../../controls/SegmentedControl';
import { useApp, useI18n, useModel, useUrl } from '../../hooks/context';
import { useShowArea } from '../../hooks/useShowResult';
import { type Column, sortedBy, useColumns } from './columns';
import { type AreaChange, useAreaChanges } from './useAreaChanges';
import { useSaveAreas } from './useSaveAreas';

export default function GrowthAreas({ growth }: { growth: Growth }) {
  const { url } = useApp();
  const { text } = useI18n();
  const areas = useAreaChanges();
  return (
    <section className="growth-areas card" aria-label={text.growthAreas}>
      <header>
        <h2>{text.growthAreas}</h2>
        <Subject />
        <Button
          className="quiet icon"
          aria-label={text.hideTable}
          onPress={() => url.choose({ growth: { ...growth, showsAreas: false } })}
        >
          <Cross />
        </Button>
      </header>
      {areas ? <Table areas={areas} growth={growth} /> : <Missing />}
    </section>
  );
}

/** Why there is no table, or not yet. */
function Missing() {
  const { catalog } = useModel('catalog');
  const state = useUrl('growth', 'window', 'hours', 'kind', 'lines');
  const { text } = useI18n();
  const refusal = catalog && growthRefusal(catalog, state);
  if (refusal) return <p className="hint">{text.growthRefused[refusal]}</p>;
  return <p className="hint">{state.hours === null ? text.searching : text.growthNoHours}</p>;
}

/** What is compared. */
function Subject() {
  const { dataset, catalog } = useModel('dataset', 'catalog');
  const state = useUrl('kind', 'lines', 'city', 'lang');
  const i18n = useI18n();
  const { text, format } = i18n;
  if (!dataset?.growth) return <span className="muted" />;
  const { layer, growth } = dataset;
  const days = text.growthDays(format.days(layer.from, layer.to), format.days(growth.before.from, growth.before.to));
  const parts = [
    text.kinds[state.kind],
    linesOf(state, dataset, i18n) ?? text.allLines,
    cityNameOf(state, catalog),
    days,
  ];
  return <span className="muted">{parts.join(' · ')}</span>;
}

function Table({ areas, growth }: { areas: readonly AreaChange[]; growth: Growth }) {
  const { text, format } = useI18n();
  const { areaKinds } = useUrl('areaKinds');
  const [chosen, setKind] = useState<AreaKind | null>(null);
  const [sorting, setSorting] = useState<{ by: Column; isRising: boolean } | null>(null);
  const kinds = AREA_KINDS.filter((one) => areas.some(({ kind }) => kind === one));
  const kind = chosen ?? areaKinds.find((one) => kinds.includes(one)) ?? kinds[0] ?? 'marketing';
  const { by, isRising } = sorting ?? { by: growth.scale === 'percent' ? 'share' : 'per-day', isRising: false };
  const hasRetention = areas.some(({ retention }) => retention !== null);
  const columns = useColumns().filter(({ id }) => hasRetention || !RETENTION_STATS.some((stat) => stat === id));
  const rows = sortedBy(
    areas.filter((area) => area.kind === kind),
    by,
    isRising,
  );
  const save = useSaveAreas(columns);
  const sort = (id: Column): void => setSorting({ by: id, isRising: id === by ? !isRising : id === 'name' });
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="growth-area-rows" tabIndex={0} aria-label={text.areaKindNames[kind]}>
        <table>
          <thead>
            <tr>
              {columns.map(({ id, label }) => (
                <th key={id} scope="col" aria-sort={id !== by ? 'none' : isRising ? 'ascending' : 'descending'}>
                  <Button className="quiet" data-sort={id} onPress={() => sort(id)}>
                    {label}
                    {id === by && <span aria-hidden="true"> {isRising ? '▲' : '▼'}</span>}
                  </Button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <AreaRow key={row.area} row={row} columns={columns} />
            ))}
          </tbody>
        </table>
      </section>
      <footer>
        {kinds.length > 1 && (
          <SegmentedControl
            label={text.areaKinds}
            name="growth-kind"
            options={kinds.toReversed().map((id) => ({ id, name: text.areaKindNames[id] }))}
            chosen={kind}
            onChoose={(id) => setKind(kinds.find((known) => known === id) ?? null)}
          />
        )}
        {EXPORT_KINDS.map((file) => (
          <Button
            key={file}
            className="quiet reset"
            data-action={`growth-${file}`}
            onPress={() => void save(file, rows)}
          >
            {text.exportAs[file]}
          </Button>
        ))}
        <p className="hint">
          {hasRetention ? text.growthAreasHint(format.number(rows.length)) : text.growthNoRetention}
        </p>
      </footer>
    </>
  );
}

function AreaRow({ row, columns }: { row: AreaChange; columns: ReturnType<typeof useColumns> }) {
  const { areaList } = useModel('areaList');
  const showArea = useShowArea();
  const area = areaList?.areas.find(({ id }) => id === row.area);
  const [, ...figures] = columns;
  return (
    <tr data-area={row.area}>
      <th scope="row">
        <Button className="quiet" isDisabled={!area} onPress={() => area && void showArea(area)}>
          <span className="name-text" dir="auto">
            {row.name}
          </span>
        </Button>
      </th>
      {figures.map(({ id, read, show }) => (
        <td key={id} data-column={id} data-value={read(row) ?? undefined} dir="auto">
          {show(row)}
        </td>
      ))}
    </tr>
  );
}
