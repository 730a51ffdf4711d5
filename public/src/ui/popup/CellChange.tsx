// The change of a cell between the two periods of a growth map, in its popup.

import type { Dataset } from '../../data/tileJson';
import type { State } from '../../state/state';
import type { Cell } from '../../view/model';
import { changeOfCell } from '../../view/range/growth';
import { useI18n } from '../hooks/context';
import { type Fact, Facts } from './FactList';

interface CellChangeProps {
  cell: Cell;
  state: State;
  dataset: Dataset;
}

export function CellChange({ cell, state, dataset }: CellChangeProps) {
  const { text, format } = useI18n();
  const change = changeOfCell(cell.attributes, state, dataset);
  const { growth, layer } = dataset;
  if (!(change && growth)) return null;
  const { now, was, perDay, share } = change;
  const facts: Fact[] = [
    ['now', text.growthNow(format.days(layer.from, layer.to)), format.number(now), now],
    ['was', text.growthNow(format.days(growth.before.from, growth.before.to)), format.number(was), was],
    ['per-day', text.growthPerDay, format.signed(perDay), perDay],
    ['share', text.growthShare, share === null ? text.growthIsNew : format.signedPercent(share), share ?? ''],
  ];
  return (
    <section className="cell-change" aria-label={text.growthOf(text.kindsLong[state.kind])}>
      <Facts facts={facts} />
    </section>
  );
}
