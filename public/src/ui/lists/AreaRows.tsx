// The rows of the list of areas. Virtualized, because a city may have hundreds of areas.

import {
  Button,
  Checkbox,
  GridList,
  GridListItem,
  Input,
  Label,
  ListLayout,
  SearchField,
  Virtualizer,
} from 'react-aria-components';
import type { RankedArea } from '../../areas/areaRanking';
import { Cross } from '../controls/icons';
import { useI18n, useUrl } from '../hooks/context';
import { useChosenAreas } from '../hooks/useChosenAreas';
import { useShowArea } from '../hooks/useShowResult';

interface AreaRowsProps {
  rows: readonly RankedArea[];
  query: string;
  onQuery(text: string): void;
}

/** AreaRanking.css has the same height. */
const ROW_PX = 36;

export default function AreaRows({ rows, query, onQuery }: AreaRowsProps) {
  const { text } = useI18n();
  const { lang } = useUrl('lang');
  const { ids } = useChosenAreas();
  const show = useShowArea();
  return (
    <>
      <SearchField className="field search" data-choice="area-search" value={query} onChange={onQuery}>
        <Label>{text.areaSearch}</Label>
        <div className="search-box">
          <Input />
          <Button className="quiet icon" aria-label={text.clearSearch}>
            <Cross />
          </Button>
        </div>
      </SearchField>
      <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_PX }}>
        <GridList
          className="area-list"
          aria-label={text.areaRanking}
          items={rows.map((row) => ({ ...row, id: row.area.id }))}
          // Rows render again when these change.
          dependencies={[ids, lang]}
          renderEmptyState={() => <p className="hint">{text.noAreaFound}</p>}
          onAction={(id) => {
            const found = rows.find(({ area }) => area.id === id);
            if (found) void show(found.area);
          }}
        >
          {(row) => <AreaItem row={row} />}
        </GridList>
      </Virtualizer>
    </>
  );
}

function AreaItem({ row: { area, value, rank, share } }: { row: RankedArea }) {
  const { ids, toggle } = useChosenAreas();
  const { text, format } = useI18n();
  const shown = value === null ? '–' : format.figure(value);
  return (
    <GridListItem
      id={area.id}
      className="area-row"
      textValue={area.name}
      data-area={area.id}
      data-value={value ?? undefined}
      data-rank={rank ?? undefined}
    >
      <Checkbox
        className="tick"
        aria-label={text.onlyAreaNamed(area.name)}
        isSelected={ids.includes(area.id)}
        onChange={() => toggle(area.id)}
      >
        <span className="tick-box" />
      </Checkbox>
      <span className="rank">{rank === null ? '' : format.number(rank)}</span>
      <span className="area-name">
        <span className="name-text" dir="auto">
          {area.name}
        </span>
        <span className="share-bar" style={{ inlineSize: `${100 * share}%` }} />
      </span>
      <span className="area-value">{shown}</span>
    </GridListItem>
  );
}
