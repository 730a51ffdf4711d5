// The popup of a coverage cell: vendors in total, by business line with its target, and by grade.

import { countOf, isZeroTarget } from '@styles/coverage';
import type { CellAttributes } from '@styles/measure';
import type { ReactNode } from 'react';
import { unpackCounts } from '../../coverage/packed';
import type { OverlayTiles } from '../../data/tileJson';
import { gradeName, lineName } from '../../i18n/texts';
import { shownFilter } from '../../vendors/activeFilter';
import { named, type VendorCounts } from '../../vendors/countBy';
import { coverageLine, coverageLines } from '../../view/overlayStyle';
import { cityNameOf, describeVendorFilter, linesOf } from '../../view/summary';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { Context } from './Context';
import { CountList, Facts } from './FactList';
import { LineTable } from './LineTable';

export function CoverageFacts({ attributes }: { attributes: CellAttributes }) {
  const { overlays, areaList, catalog, vendorTable } = useModel('overlays', 'areaList', 'catalog', 'vendorTable');
  const { text, format } = useI18n();
  const tiles = overlays.find(({ overlay }) => overlay === 'coverage');
  const state = useUrl();
  const { total } = attributes;
  const label = 'share' in attributes ? text.facts.mean : text.facts.covering;
  const lines = coverageLines(state, overlays);
  const chosen = linesOf(state, { lines: tiles?.lines ?? [] }, { text, format });
  const ofLines = chosen === null || !isCountedIn(attributes, lines) ? null : countOf(attributes, lines);
  return (
    <>
      <Context
        parts={[
          areaList?.areas.find(({ id }) => id === attributes.area)?.name,
          cityNameOf(state, catalog),
          ...describeVendorFilter(shownFilter(state.vendorFilter, vendorTable), { text, format }),
        ]}
      />
      {typeof total === 'number' && (
        <Facts
          facts={[
            ...(ofLines === null
              ? []
              : [['of_lines', `${label} · ${chosen}`, format.decimal(ofLines), ofLines] as const]),
            ['total', chosen === null ? label : `${label} · ${text.allLines}`, format.decimal(total), total],
          ]}
        />
      )}
      {tiles && <Lines attributes={attributes} lines={tiles.lines} />}
      {tiles && <Grades attributes={attributes} tiles={tiles} />}
    </>
  );
}

/** Tiles leave out counts that are zero. Computed tiles may have no counts by line; they arrive later. */
function isCountedIn(attributes: CellAttributes, lines: readonly number[]): boolean {
  return attributes.total === 0 || lines.length === 0 || Object.keys(attributes).some((name) => /^l\d+$/.test(name));
}

function Lines({ attributes, lines }: { attributes: CellAttributes; lines: readonly string[] }) {
  const { lines: chosen } = useUrl('lines');
  const { text, format } = useI18n();
  const absent = isCountedIn(attributes, [...lines.keys()]) ? 0 : undefined;
  const cell = (name: string, value: unknown, show: (value: number) => string = format.decimal): ReactNode =>
    typeof value === 'number' ? (
      <td data-fact={name} data-value={value}>
        {show(value)}
      </td>
    ) : (
      <td>–</td>
    );
  const hasZeroTarget = lines.some((_, i) => isZeroTarget(attributes, i));
  const hasNoTarget = lines.some((_, i) => attributes[`t${i}`] === undefined);
  return (
    <>
      <LineTable columns={[text.overlayNames.vendors, text.facts.target, text.facts.ratio]}>
        {lines.map((line, i) => (
          <tr key={line} data-chosen={chosen.includes(line) || undefined}>
            <th scope="row">{lineName(text, line)}</th>
            {cell(`l${i}`, attributes[`l${i}`] ?? absent)}
            {cell(`t${i}`, attributes[`t${i}`])}
            {cell(`r${i}`, attributes[`r${i}`], isZeroTarget(attributes, i) ? () => text.noRatio : undefined)}
          </tr>
        ))}
      </LineTable>
      {hasZeroTarget && (
        <p className="why" data-why="zero-target">
          {text.zeroTargetWhy}
        </p>
      )}
      {hasNoTarget && (
        <p className="why" data-why="no-target">
          {text.noTargetWhy}
        </p>
      )}
    </>
  );
}

/** Grades of the chosen line if the tile has them by line, else of all lines. */
function Grades({ attributes, tiles }: { attributes: CellAttributes; tiles: OverlayTiles }) {
  const { overlays } = useModel('overlays');
  const state = useUrl();
  const { text } = useI18n();
  const line = coverageLine(state, overlays);
  const { packed } = attributes;
  const isOfLine = line !== null && typeof packed === 'string';
  const counts: VendorCounts = isOfLine
    ? gradesOf(packed, line, tiles.grades)
    : named(
        tiles.grades,
        tiles.grades.map((_, i) => Number(attributes[`g${i}`] ?? 0)),
      );
  const title = isOfLine ? text.facts.byGradeOf(lineName(text, tiles.lines[line] ?? '')) : text.facts.byGrade;
  return (
    <div className="count-lists">
      <CountList title={title} of="grade" counts={counts} nameOf={(name) => gradeName(text, name)} />
    </div>
  );
}

function gradesOf(packed: string, line: number, grades: readonly string[]): VendorCounts {
  const ofLine = unpackCounts(packed).filter((count) => count.line === line);
  return ofLine.map(({ grade, vendors }) => [grades[grade] ?? String(grade), vendors] as const);
}
