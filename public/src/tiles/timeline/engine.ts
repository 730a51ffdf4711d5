// Answers questions about ranges of days from timeline tiles and tables. It runs in a worker, and in tests under node.

import type { Bounds } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import type { GrowthZoom } from '@styles/growth';
import { type Days, lengthOf, weekdayOf } from '../../data/time/days';
import { HOURS_PER_DAY, hourMask, parseHours } from '../../data/time/hours';
import type { TimelineMonth } from '../../data/timeline';
import { type CellAddress, cellCentre, tilesOver } from '../cells';
import type { TileAddress } from '../tileAddress';
import { TimelineArchives, type TimelineLoader } from './archives';
import { childrenOf, countTile, layerOf, monthStart, monthsOf } from './cellCounts';
import { addUsers, eachFirstDay, noUsers, retentionOf } from './change/firstDays';
import { type Against, type Compared, countOfCell, growthZooms } from './change/growth';
import type { TimelineRows } from './columns';
import { densityTile } from './densityTile';
import { type Block, type Frame, Frames, type Measured, type Palette } from './frames';
import { cellPlaces, TIMELINE_CELL_LEVELS, TIMELINE_SIDE, type TimelinePlace, timelinePlace } from './hilbert';
import { rangeQuantiles } from './limits';
import type { PlaceCounts, Retention } from './placeCounts';
import { CityPlaces, type PlacesTable, questionOf } from './places';
import type { Count, Question, RangeCounts } from './rangeCounts';

/** A range of days and hours, as the URL has them. */
export interface Range extends Days {
  hours: string | null;
}

export interface EngineLoader extends TimelineLoader {
  places(url: string): Promise<PlacesTable>;
}

/** Drawn zooms: the archives begin at 6, and a drawn tile has the cells of four tiles of the next zoom. */
const DRAWN = { min: 5, max: 13 };
/** Hours end at zoom 12. */
const DRAWN_HOURS = { min: 5, max: 11 };

/** Cells at this zoom are about 500 m wide, as in the figures of a city. */
const CITY_ZOOM = 10;

const BUDGET_BYTES = 256 * 2 ** 20;

export class TimelineEngine {
  readonly #archives: TimelineArchives;
  readonly #frames: Frames;
  readonly #places = new Map<string, Promise<CityPlaces>>();

  constructor(
    readonly loader: EngineLoader,
    readonly months: readonly TimelineMonth[],
    readonly lines: readonly string[],
  ) {
    this.#archives = new TimelineArchives(loader, BUDGET_BYTES);
    this.#frames = new Frames(this.#archives, months);
  }

  zooms({ hours }: Range): { min: number; max: number } {
    return hours === null ? DRAWN : DRAWN_HOURS;
  }

  count(range: Range, tile: TileAddress, hasUsers: boolean): Promise<RangeCounts> {
    return countTile(this.#archives, this.months, this.lines, askedOf(range), tile, hasUsers);
  }

  /** The cells of a range as a density tile. */
  async tile(range: Range, tile: TileAddress): Promise<ArrayBuffer> {
    return densityTile(await this.count(range, tile, range.hours === null));
  }

  /** The cells of a range, each with its counts `now` and `was`: in the range, and in the other period. */
  async growthTile(range: Range, against: Against, tile: TileAddress): Promise<ArrayBuffer> {
    const hasUsers = range.hours === null;
    const [counts, comparedOf] = await Promise.all([
      this.count(range, tile, hasUsers),
      this.#compare(range, against, tile),
    ]);
    return densityTile(counts, (cell) => {
      const { now, was } = comparedOf(cell);
      const tags: [string, number][] = [];
      if (now > 0) tags.push(['now', now]);
      if (was > 0) tags.push(['was', was]);
      return tags;
    });
  }

  /** The class limits of the difference a day, of the cells of a city. */
  async growthZooms(
    range: Range,
    against: Against,
    city: Bounds,
    base: Quantiles,
    minCount: number,
  ): Promise<{ zooms: GrowthZoom[]; minzoom: number; maxzoom: number }> {
    const { min, max } = this.zooms(range);
    const days = { now: lengthOf(range), was: lengthOf(against.before) };
    const compare = (tile: TileAddress) => this.#compare(range, against, tile);
    const zooms = await growthZooms({ city, base, minCount, days, zooms: { min, max }, compare });
    return { zooms, minzoom: min, maxzoom: max };
  }

  async #compare(range: Range, { before, measured }: Against, tile: TileAddress): Promise<(cell: number) => Compared> {
    const hasUsers = measured.kind === 'users';
    const [now, was] = await Promise.all([
      this.count(range, tile, hasUsers),
      this.count({ ...before, hours: range.hours }, tile, hasUsers),
    ]);
    return (cell) => ({
      now: countOfCell(now, measured, this.lines, cell),
      was: countOfCell(was, measured, this.lines, cell),
    });
  }

  /** A picture of a range, without hours. */
  frame(range: Days, block: Block, measured: Measured, palette: Palette): Promise<Frame> {
    return this.#frames.draw(questionOf(range, null), block, measured, palette);
  }

  /** The quantiles of a city in a range. Those of users are counted only with `hasUsers`. */
  quantiles(range: Range, city: Bounds, base: Quantiles, hasUsers: boolean): Promise<Quantiles> {
    return rangeQuantiles(this.zooms(range), city, base, (tile) => this.count(range, tile, hasUsers));
  }

  /** The counts of the city (id −1) and of its areas in a range, without hours. */
  async places(city: string, range: Days): Promise<Map<number, PlaceCounts>> {
    const places = await this.#placesOf(city);
    const counts = places.count(questionOf(range, null), this.lines);
    return new Map(places.ids.map((id, place) => [id, placeCounts(counts, place)]));
  }

  /** Orders of a place by day. An empty list of lines means every line. */
  async days(city: string, place: number, range: Days, lines: readonly string[]): Promise<number[]> {
    const places = await this.#placesOf(city);
    return places.orders(questionOf(range, null), place, (line) => lines.length === 0 || lines.includes(line));
  }

  /** Retention from the range before to a range of the same or another length, by place. */
  async retention(city: string, before: Days, after: Days, line: string | null): Promise<Map<number, Retention>> {
    const places = await this.#placesOf(city);
    const [first, second] = adjacent(before, after);
    const found = places.retention({ first: first.first, second: second.first, last: second.last }, line);
    return new Map(places.ids.map((id, place) => [id, found[place] as Retention]));
  }

  /** Retention of a cell, as `retention`; `null` for a cell of a zoom without a timeline. */
  async cellRetention(cell: CellAddress, before: Days, after: Days, line: string | null): Promise<Retention | null> {
    const [first, second] = adjacent(before, after);
    const place = timelinePlace(cell);
    if (place.tile.z - 1 < DRAWN.min || place.tile.z - 1 > DRAWN.max) return null;
    const [was, now] = await Promise.all([
      this.#cellUsers(place, first, line, first.first),
      this.#cellUsers(place, second, line, first.first),
    ]);
    return retentionOf(was, now);
  }

  /** The users of a cell in a range, and how many of them ordered there since a day before. */
  async #cellUsers({ tile, cell }: TimelinePlace, question: Question, line: string | null, since: number) {
    const tally = noUsers();
    const months = monthsOf(this.months, question).map(async (month) => {
      const layer = layerOf(line === null ? 'timeline-users' : 'timeline-line-users', month, question);
      const archive = await this.#archives.archive(month, layer);
      const rows = archive && (await this.#archives.rows(archive, layer, tile));
      if (!rows) return;
      const isOfLine = (index: number): boolean => line === null || archive.lines[index] === line;
      eachFirstDay(rows, { monthStart: monthStart(month), question, isOfLine }, (own, previous, users) => {
        if (own === cell) addUsers(tally, previous, users, since);
      });
    });
    await Promise.all(months);
    return tally;
  }

  /** Orders of a city by hour of the week, from Monday at midnight, whatever hours are chosen. */
  async hoursOfWeek(city: Bounds, range: Days, lines: readonly string[]): Promise<number[]> {
    const question = questionOf(range, null);
    const tiles = tilesOver(city, CITY_ZOOM).flatMap(childrenOf);
    const parts = monthsOf(this.months, question).flatMap((month) =>
      tiles.map(async (tile) => {
        const layer = layerOf('timeline-hours', month, question);
        const archive = await this.#archives.archive(month, layer);
        const rows = archive && (await this.#archives.rows(archive, layer, tile));
        if (!rows) return [];
        const isCounted = archive.lines.map((line) => lines.length === 0 || lines.includes(line));
        return hourCounts(rows, { start: monthStart(month), question, isCounted, isInside: cellsInside(tile, city) });
      }),
    );
    const week = new Array<number>(7 * HOURS_PER_DAY).fill(0);
    for (const [hour, orders] of (await Promise.all(parts)).flat()) week[hour] = (week[hour] ?? 0) + orders;
    return week;
  }

  #placesOf(city: string): Promise<CityPlaces> {
    const known = this.#places.get(city) ?? this.#loadPlaces(city);
    this.#places.set(city, known);
    known.catch(() => this.#places.delete(city));
    return known;
  }

  async #loadPlaces(city: string): Promise<CityPlaces> {
    const tables = this.months.flatMap((month) => {
      const url = month.tables[city];
      return url === undefined ? [] : [this.loader.places(url).then((table) => ({ month, table }))];
    });
    return new CityPlaces(await Promise.all(tables));
  }
}

function adjacent(before: Days, after: Days): [Question, Question] {
  const [first, second] = [questionOf(before, null), questionOf(after, null)];
  if (first.last + 1 !== second.first) throw new Error('retention needs two adjacent ranges');
  return [first, second];
}

function askedOf(range: Range): Question {
  const hours = parseHours(range.hours);
  return questionOf(range, hours && hourMask(hours));
}

function placeCounts(counts: RangeCounts, place: number): PlaceCounts {
  const of = (count: Count): number => counts.ofAll(count, place);
  return {
    ...countsOf(of),
    byLine: Array.from({ length: counts.lines }, (_, line) => countsOf((count) => counts.of(count, line, place))),
  };
}

function countsOf(of: (count: Count) => number): Record<Count, number> {
  return { orders: of('orders'), organic: of('organic'), unknown: of('unknown'), users: of('users') };
}

interface HourRows {
  start: number;
  question: Question;
  /** By line and by cell of the archive. */
  isCounted: readonly boolean[];
  isInside: readonly boolean[];
}

/** The hour of the week and the orders of each counted row. */
function hourCounts(
  { length, columns }: TimelineRows,
  { start, question, isCounted, isInside }: HourRows,
): [hour: number, orders: number][] {
  const { cell, line, day: days, weekday, hour, orders } = columns;
  const found: [number, number][] = [];
  for (let row = 0; row < length; row++) {
    if (!isCounted[line[row] ?? 0] || !isInside[cell[row] ?? 0]) continue;
    const day = start + (days[row] ?? 0);
    if (days.length > 0 && (day < question.first || day > question.last)) continue;
    const own = days.length > 0 ? weekdayOf(day) : (weekday[row] ?? 0);
    found.push([own * HOURS_PER_DAY + (hour[row] ?? 0), orders[row] ?? 0]);
  }
  return found;
}

/** Whether the centre of each cell of a timeline tile, by its number, lies in the bounds. */
function cellsInside(tile: TileAddress, [west, south, east, north]: Bounds): boolean[] {
  return Array.from(cellPlaces(tile), (place) => {
    const [lng, lat] = cellCentre({
      level: tile.z + TIMELINE_CELL_LEVELS,
      column: tile.x * TIMELINE_SIDE + (place % TIMELINE_SIDE),
      row: tile.y * TIMELINE_SIDE + Math.floor(place / TIMELINE_SIDE),
    });
    return lng >= west && lng <= east && lat >= south && lat <= north;
  });
}
