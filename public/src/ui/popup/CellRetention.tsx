// The users of a cell that were retained, lost and gained against as many days before, in its popup.

import './CellRetention.css';
import { RETENTION_STATS } from '../../areas/areaStat';
import { lineIndices } from '../../data/lines';
import type { Dataset } from '../../data/tileJson';
import { isInside } from '../../data/time/days';
import { rangeBefore } from '../../data/time/timeRange';
import { timelineOf } from '../../data/timeline';
import type { State } from '../../state/state';
import type { Cell } from '../../view/model';
import { useCounted } from '../choices/time/useTimeline';
import { useI18n, useModel } from '../hooks/context';
import { type Fact, Facts } from './FactList';

interface CellRetentionProps {
  cell: Cell;
  state: State;
  dataset: Dataset;
}

export function CellRetention({ cell: { address }, state, dataset }: CellRetentionProps) {
  const { catalog } = useModel('catalog');
  const { text, format } = useI18n();
  const { from, to } = dataset.layer;
  const range = { from, to };
  const timeline = catalog && timelineOf(catalog);
  const before = timeline && isInside(range, timeline) ? rangeBefore(range, timeline) : null;
  const [chosen, ...others] = lineIndices(state.lines, dataset.lines);
  const line = chosen === undefined ? null : (dataset.lines[chosen] ?? null);
  const isKnown = before !== null && others.length === 0;
  const key = isKnown ? JSON.stringify(['cell', address, range, line]) : null;
  const found = useCounted(key, async ({ client }) => before && client.cellRetention(address, before, range, line));
  if (!before) return null;
  if (!isKnown) return <p className="muted">{text.retentionOneLine}</p>;
  if (!found) return null;
  const facts = RETENTION_STATS.map(
    (stat): Fact => [stat, text.areaFills[stat], format.number(found[stat]), found[stat]],
  );
  return (
    <section className="cell-retention">
      <h3>{text.retentionOf(format.days(from, to), format.days(before.from, before.to))}</h3>
      <Facts facts={facts} />
    </section>
  );
}
