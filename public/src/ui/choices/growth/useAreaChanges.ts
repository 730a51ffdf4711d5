// The change of each area between the two periods, and the users that it kept, lost and gained.

import type { AreaKind } from '@styles/areas';
import { lineIndices } from '../../../data/lines';
import { isNextTo } from '../../../data/time/growthDays';
import type { Retention } from '../../../tiles/timeline/placeCounts';
import { type Change, changeOf, countOfPlace } from '../../../view/range/growth';
import { useModel, useUrl } from '../../hooks/context';
import { useCounted } from '../time/useTimeline';

export interface AreaChange extends Change {
  area: number;
  name: string;
  kind: AreaKind;
  /** `null` where the periods are apart, or with several lines. */
  retention: Retention | null;
}

/** `null` until it is counted, and where the map shows no growth or chosen hours. */
export function useAreaChanges(): AreaChange[] | null {
  const { dataset, areaList, config } = useModel('dataset', 'areaList', 'config');
  const { kind, lines } = useUrl('kind', 'lines');
  const growth = dataset?.range?.hasUsers ? dataset.growth : undefined;
  const range = dataset && { from: dataset.layer.from, to: dataset.layer.to };
  const key = growth && range ? JSON.stringify(['growth', range, growth.before, lines]) : null;
  const counted = useCounted(key, async ({ client, base }, city) => {
    if (!(growth && range)) return null;
    const { before } = growth;
    const chosen = lineIndices(lines, base.lines);
    const line = chosen[0] === undefined ? null : (base.lines[chosen[0]] ?? null);
    const isKnown = !config.hide_users && isNextTo(before, range) && chosen.length <= 1;
    const [now, was, retention] = await Promise.all([
      client.places(city, range),
      client.places(city, before),
      isKnown ? client.retention(city, before, range, line) : null,
    ]);
    return { now, was, retention, chosen };
  });
  if (!(counted && growth && range)) return null;
  const { now, was, retention, chosen } = counted;
  return (areaList?.areas ?? []).map(({ id, name, kind: own }) => ({
    area: id,
    name,
    kind: own,
    ...changeOf(countOfPlace(now.get(id), kind, chosen), countOfPlace(was.get(id), kind, chosen), range, growth.before),
    retention: retention && (retention.get(id) ?? { retained: 0, lost: 0, gained: 0, fresh: 0 }),
  }));
}
