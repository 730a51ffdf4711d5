// The list of areas: search, ranking, and the choice of areas for the vendor filter.

import type { AreaKind } from '@styles/areas';
import { lazy, Suspense, useMemo, useState } from 'react';
import { Button } from 'react-aria-components';
import { AREA_ORDERS, type AreaOrder, rankAreas } from '../../areas/areaRanking';
import type { AreaStat, AreaValue } from '../../areas/areaStat';
import { chosenStat } from '../../state/slices/areas';
import { figuresOf, kindsOf, valuesOf } from '../../view/areaView';
import { countedBy } from '../../view/summary';
import { Cross } from '../controls/icons';
import { SegmentedControl } from '../controls/SegmentedControl';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { useAreaView } from '../hooks/useAreaView';
import { useChosenAreas } from '../hooks/useChosenAreas';

/** Loaded on demand. */
const AreaRows = lazy(() => import('./AreaRows'));

export function AreaRanking() {
  const state = useUrl();
  const i18n = useI18n();
  const { text, format } = i18n;
  const { dataset } = useModel('dataset');
  const view = useAreaView();
  const [chosenKind, setKind] = useState<AreaKind | null>(null);
  const [order, setOrder] = useState<AreaOrder>('highest');
  const [query, setQuery] = useState('');
  const kinds = kindsOf(state);
  const kind = kinds.find((shown) => shown === chosenKind) ?? view?.kind ?? kinds[0] ?? 'marketing';
  const stat = chosenStat(state) ?? 'vendors';
  const rows = useRows(stat, kind);
  const ranked = useMemo(() => rankAreas(rows, order, query), [rows, order, query]);
  return (
    <section className="area-ranking" aria-label={text.areaRanking}>
      <h3 className="label">
        {text.areaRanking} · {[text.areaFills[stat], ...countedBy(stat, state, { dataset }, i18n)].join(' · ')}
      </h3>
      {kinds.length > 1 && (
        <SegmentedControl
          label={text.areaKinds}
          name="ranked-kind"
          options={kinds.toReversed().map((id) => ({ id, name: text.areaKindNames[id] }))}
          chosen={kind}
          onChoose={(id) => setKind(kinds.find((known) => known === id) ?? null)}
        />
      )}
      <SegmentedControl
        label={text.areaOrder}
        name="area-order"
        options={AREA_ORDERS.map((id) => ({ id, name: text.areaOrders[id] }))}
        chosen={order}
        onChoose={(id) => setOrder(AREA_ORDERS.find((known) => known === id) ?? 'highest')}
      />
      <Suspense fallback={<div className="placeholder" />}>
        <AreaRows rows={ranked} query={query} onQuery={setQuery} />
      </Suspense>
      <ChosenAreas />
      <p className="hint">{text.areaHint}</p>
      <p role="status" className="hint" data-found={ranked.length}>
        {text.areasIn(format.number(ranked.length))}
      </p>
    </section>
  );
}

/** Memoized, so that moving the map does not count the vendors again. */
function useRows(stat: AreaStat, kind: AreaKind): AreaValue[] {
  const state = useUrl();
  const model = useModel();
  const { areaSubset, vendorFilter, lines } = state;
  const { areaList, areaOrders, areaGaps, vendorTable, dataset } = model;
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are all that figuresOf reads
  const figures = useMemo(
    () => figuresOf(state, model),
    [areaSubset, vendorFilter, lines, areaList, areaOrders, areaGaps, vendorTable, dataset],
  );
  return useMemo(() => valuesOf(stat, kind, areaList?.areas ?? [], figures), [stat, kind, areaList, figures]);
}

/** The chosen areas, which can be removed one by one or all at once. */
function ChosenAreas() {
  const { areaList } = useModel('areaList');
  const { ids, choose, toggle } = useChosenAreas();
  const { text, format } = useI18n();
  if (ids.length === 0) return null;
  const nameOf = (id: number): string => areaList?.areas.find((area) => area.id === id)?.name ?? '…';
  return (
    <div className="chosen-areas" data-choice="chosen-areas">
      <span className="label">{text.chosenAreas(format.number(ids.length))}</span>
      <div className="chips">
        {ids.map((id) => (
          <Button
            key={id}
            className="chip"
            data-selected
            aria-label={text.dropAreaNamed(nameOf(id))}
            onPress={() => toggle(id)}
          >
            <bdi>{nameOf(id)}</bdi> <Cross />
          </Button>
        ))}
      </div>
      <Button className="quiet reset" onPress={() => choose([])}>
        {text.everyArea}
      </Button>
    </div>
  );
}
