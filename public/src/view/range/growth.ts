// Which two periods the state compares, and the change of a count between them.

import { attribute, type CellAttributes, type Kind } from '@styles/measure';
import type { Catalog } from '../../data/catalog';
import { lineIndices } from '../../data/lines';
import type { Dataset, GrowthFacts } from '../../data/tileJson';
import { type Days, lengthOf } from '../../data/time/days';
import { daysAgainst, type GrowthRefusal } from '../../data/time/growthDays';
import { chosenLayer, isRange, type TimelineLayer, timelineOf } from '../../data/timeline';
import type { State } from '../../state/state';
import type { Measured } from '../../tiles/timeline/frames';
import type { PlaceCounts } from '../../tiles/timeline/placeCounts';

export type WantedGrowth = Omit<GrowthFacts, 'zooms'>;

type Asked = Pick<State, 'growth' | 'window' | 'hours' | 'kind' | 'lines'>;

/** `null` without a choice of growth, without a timeline, and where growth is refused. */
export function growthWanted(catalog: Catalog, state: Asked): { layer: TimelineLayer; wanted: WantedGrowth } | null {
  const found = growthOf(catalog, state);
  return found && 'wanted' in found ? found : null;
}

/** `null` where growth is shown or not chosen. */
export function growthRefusal(catalog: Catalog, state: Asked): GrowthRefusal | null {
  const found = growthOf(catalog, state);
  return found && 'refused' in found ? found.refused : null;
}

function growthOf(
  catalog: Catalog,
  { growth, window, hours, kind, lines }: Asked,
): { layer: TimelineLayer; wanted: WantedGrowth } | { refused: GrowthRefusal } | null {
  const timeline = timelineOf(catalog);
  const layer = chosenLayer(catalog, window, hours, true);
  if (!(growth && timeline && layer && isRange(layer))) return null;
  const before = daysAgainst(growth.against, layer, timeline);
  if (!before) return { refused: 'days' };
  if (kind === 'users' && lines.length > 1) return { refused: 'lines' };
  if (kind === 'users' && lengthOf(before) !== lengthOf(layer)) return { refused: 'lengths' };
  return { layer, wanted: { before, kind, lines, minCount: growth.minCount } };
}

/** What the worker counts. Lines without orders in the map are ignored. */
export function measuredOf(
  { kind, lines }: Pick<GrowthFacts, 'kind' | 'lines'>,
  base: Pick<Dataset, 'lines'>,
): Measured {
  const names = lineIndices(lines, base.lines).map((line) => base.lines[line] ?? '');
  return { kind: kind === 'nonorganic' ? 'nonOrganic' : kind, lines: names };
}

export interface Change {
  now: number;
  was: number;
  /** The change of the count a day. */
  perDay: number;
  /** The change as a share of the other period, by counts a day; `null` where that period has none. */
  share: number | null;
}

export function changeOf(now: number, was: number, range: Days, before: Days): Change {
  const [nowDays, wasDays] = [lengthOf(range), lengthOf(before)];
  return {
    now,
    was,
    perDay: now / nowDays - was / wasDays,
    share: was === 0 ? null : (now * wasDays) / (was * nowDays) - 1,
  };
}

/** The change of a cell of the map; `null` where the map shows no growth. */
export function changeOfCell(
  attributes: CellAttributes,
  { growth: chosen }: Pick<State, 'growth'>,
  { layer, growth }: Pick<Dataset, 'layer' | 'growth'>,
): Change | null {
  if (!(chosen && growth)) return null;
  return changeOf(attribute(attributes, 'now'), attribute(attributes, 'was'), layer, growth.before);
}

/** The count of a city or area of a kind and lines; `lines` are indices, none for every line. */
export function countOfPlace(counts: PlaceCounts | undefined, kind: Kind, lines: readonly number[]): number {
  if (!counts) return 0;
  const chosen = lines.length === 0 ? [counts] : lines.flatMap((line) => counts.byLine[line] ?? []);
  return chosen.reduce((sum, one) => {
    return sum + (kind === 'nonorganic' ? one.orders - one.organic - one.unknown : one[kind]);
  }, 0);
}
