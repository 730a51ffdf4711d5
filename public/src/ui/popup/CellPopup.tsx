// The popup of a density cell, with all of its counts; on phones a sheet.

import {
  attribute,
  type CellAttributes,
  hasBounds,
  isLineWithheld,
  measureRange,
  ordersOfWithheldLines,
} from '@styles/measure';
import { type Ref, useEffect, useRef } from 'react';
import { Button } from 'react-aria-components';
import type { Dataset } from '../../data/tileJson';
import { lineName } from '../../i18n/texts';
import { sideOf } from '../../state/sides';
import type { State } from '../../state/state';
import { cellCentre, cellSideM } from '../../tiles/cells';
import { measureOf } from '../../view/densityStyle';
import type { Cell } from '../../view/model';
import { cityNameOf, linesOf } from '../../view/summary';
import { Cross } from '../controls/icons';
import { useApp, useEscape, useI18n, useIsSheet, useModel, useUrl } from '../hooks/context';
import { CellChange } from './CellChange';
import { CellRetention } from './CellRetention';
import { Context } from './Context';
import { LineTable } from './LineTable';
import { Sheet } from './Sheet';
import { SidePanel } from './SidePanel';

export function CellPopup() {
  const app = useApp();
  const model = useModel();
  const state = useUrl();
  const { picked } = model;
  const isSheet = useIsSheet();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!picked) return;
    if (picked.byKeyboard) box.current?.focus({ preventScroll: true });
  }, [picked]);
  const { state: shown, dataset } = sideOf(picked?.side ?? 'main', state, model);
  if (!picked || !dataset) return null;
  const content = <Content box={box} cell={picked.cell} state={shown} dataset={dataset} />;
  return isSheet ? (
    <Sheet at={cellCentre(picked.cell.address)} close={() => app.model.pick(null)}>
      {content}
    </Sheet>
  ) : (
    <SidePanel at={cellCentre(picked.cell.address)} isMarked={false}>
      {content}
    </SidePanel>
  );
}

interface ContentProps {
  box: Ref<HTMLDivElement>;
  cell: Cell;
  state: State;
  dataset: Dataset;
}

function Content({ box, cell, state, dataset }: ContentProps) {
  const { model, view } = useApp();
  const { catalog, config } = useModel('catalog', 'config');
  const { text, format } = useI18n();

  useEscape(() => model.pick(null));
  const measure = measureOf(state, dataset);
  const range = measureRange(cell.attributes, measure);
  const hasUsers = !config.hide_users && (dataset.range?.hasUsers ?? true);
  const isUntold = isLineWithheld(cell.attributes, measure, dataset.lines.length);
  const [, lat] = cellCentre(cell.address);
  const side = format.length(cellSideM(cell.address.level, lat));
  return (
    <div
      ref={box}
      className="cell"
      role="dialog"
      aria-label={text.cell}
      tabIndex={-1}
      dir={state.lang === 'fa' ? 'rtl' : 'ltr'}
    >
      <header>
        <p className="big" data-min={range.min} data-max={range.max}>
          {isUntold
            ? text.lineWithheld
            : range.min === range.max
              ? format.number(range.min)
              : text.between(format.number(range.min), format.number(range.max))}
        </p>
        <p className="muted">
          {cell.remainderOf !== null
            ? text.withheldOrders
            : hasBounds(measure)
              ? text.chosenUsers
              : text.kindsLong[state.kind]}
        </p>
        <Button className="quiet icon" aria-label={text.close} onPress={() => model.pick(null)}>
          <Cross />
        </Button>
      </header>
      <Context
        parts={[
          linesOf(state, dataset, { text, format }) ?? text.allLines,
          format.days(dataset.layer.from, dataset.layer.to),
          view.areaNameAt(cellCentre(cell.address)),
          cityNameOf(state, catalog),
        ]}
      />
      {cell.remainderOf === null ? (
        <>
          <CellChange cell={cell} state={state} dataset={dataset} />
          <Totals cell={cell.attributes} hasUsers={hasUsers} />
          <Lines cell={cell.attributes} dataset={dataset} chosen={measure.lines} hasUsers={hasUsers} />
          {hasUsers && <CellRetention cell={cell} state={state} dataset={dataset} />}
          {!hasUsers && <p className="muted">{text.noUsersByHour}</p>}
        </>
      ) : (
        <p className="why" data-of={cell.remainderOf} data-rest={attribute(cell.attributes, 'orders')}>
          {text.withheldWhy(
            format.number(attribute(cell.attributes, 'orders')),
            format.number(cell.remainderOf),
            format.number(dataset.minUsers),
          )}
        </p>
      )}
      <footer className="muted">{text.cellSize(side)}</footer>
    </div>
  );
}

function Totals({ cell, hasUsers }: { cell: CellAttributes; hasUsers: boolean }) {
  const { text, format } = useI18n();
  const orders = attribute(cell, 'orders');
  const organic = attribute(cell, 'organic');
  const unknown = attribute(cell, 'unknown');
  const rows: [name: string, label: string, value: number, share: number | null][] = [
    ['orders', text.kinds.orders, orders, null],
    ['organic', text.kinds.organic, organic, organic / orders],
    ['nonorganic', text.kinds.nonorganic, orders - organic - unknown, (orders - organic - unknown) / orders],
    ['unknown', text.unknown, unknown, unknown / orders],
  ];
  if (hasUsers) rows.push(['users', text.kinds.users, attribute(cell, 'users'), null]);
  return (
    <dl className="totals">
      {rows.map(([name, label, value, share]) => (
        <div key={name} data-total={name} data-value={value}>
          <dt>{label}</dt>
          <dd>
            {format.number(value)}
            {share !== null && <span className="muted">{format.percent(share)}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface LinesProps {
  cell: CellAttributes;
  dataset: Dataset;
  chosen: readonly number[];
  hasUsers: boolean;
}

function Lines({ cell, dataset, chosen, hasUsers }: LinesProps) {
  const { text, format } = useI18n();
  const columns = [text.kinds.orders, text.kinds.organic, ...(hasUsers ? [text.kinds.users] : [])];
  const rows = dataset.lines
    .map((line, index) => ({ line, index, orders: attribute(cell, `l${index}`) }))
    .filter(({ orders }) => orders > 0)
    .toSorted((a, b) => b.orders - a.orders);
  const maxOrders = rows[0]?.orders ?? 1;
  const withheld = ordersOfWithheldLines(cell, dataset.lines.length);
  return (
    <LineTable columns={columns}>
      {rows.map(({ line, index, orders }) => (
        <tr key={line} data-line={line} data-orders={orders} data-chosen={chosen.includes(index) || undefined}>
          <th scope="row">
            <span className="share" style={{ inlineSize: `${(100 * orders) / maxOrders}%` }} />
            {lineName(text, line)}
          </th>
          <td>{format.number(orders)}</td>
          <td>{format.number(attribute(cell, `o${index}`))}</td>
          {hasUsers && <td>{format.number(attribute(cell, `u${index}`))}</td>}
        </tr>
      ))}
      {withheld > 0 && (
        <tr data-withheld={withheld}>
          <th scope="row">{text.withheldLines}</th>
          <td>{format.number(withheld)}</td>
          <td />
          {hasUsers && <td />}
        </tr>
      )}
    </LineTable>
  );
}
