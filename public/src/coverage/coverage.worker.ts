// Computes coverage and circles of radius beside the page, so that the page stays quick while a slider moves.

import type { Box } from '@styles/base';
import { expose, transfer } from 'comlink';
import { fetchJson } from '../data/fetchJson';
import { type CellAddress, gridToLngLat } from '../tiles/cells';
import type { TileAddress } from '../tiles/withheld';
import { vendorsOf, vendorTableSchema } from '../vendors/vendorTable';
import { gridSchema, type Places, placesOf } from './areaGrid';
import { radiusTile } from './circles';
import { Reach } from './deliveryAreas';
import { findNeeds, medianRadius, type Need } from './gaps';
import { packCounts } from './packed';
import type { CountedGrid } from './rollup';
import type { CellShape, ReachSettings } from './settings';
import { cellFacts, countPairs, coverageTile } from './tile';
import { vendorTile } from './vendorPoints';

/** Where the tables of a city are, and what it covers. */
export interface CityTables {
  city: string;
  box: Box;
  vendorsUrl: string;
  gridUrl: string;
}

class ReachWorker {
  #tables: readonly CityTables[] = [];
  #reach: Promise<Reach> | null = null;
  #places = new Map<string, Promise<Places>>();

  open(tables: readonly CityTables[]): void {
    this.#tables = tables;
  }

  async coverageTile(settings: ReachSettings, tile: TileAddress, shape: CellShape): Promise<ArrayBuffer> {
    const { z: level, x: column, y: row } = tile;
    const grids = await this.#gridsAt({ level, column, row }, settings);
    const data = coverageTile(grids, tile, shape);
    return transfer(data, [data]);
  }

  async radiusTile(settings: ReachSettings, tile: TileAddress): Promise<ArrayBuffer> {
    const reach = await this.#loadReach();
    const data = radiusTile(reach.reachers(settings), tile);
    return transfer(data, [data]);
  }

  async vendorTile(settings: ReachSettings, tile: TileAddress): Promise<ArrayBuffer> {
    const reach = await this.#loadReach();
    const data = vendorTile(reach.reachers(settings), tile);
    return transfer(data, [data]);
  }

  /** What a published tile says of a cell; `null` where the map shows none. */
  async cell(settings: ReachSettings, cell: CellAddress): Promise<Record<string, number | string> | null> {
    const grids = await this.#gridsAt(cell, settings);
    const facts = cellFacts(grids, cell);
    if (!facts || grids[0]?.coverage.grid.level !== cell.level) return facts;
    const circles = (await this.#loadReach()).reachers(settings).map(({ circle }) => circle);
    const packed = packCounts(countPairs(circles, cell));
    return packed === '' ? facts : { ...facts, packed };
  }

  /** `radiusM` is how far one more vendor would deliver: as far as half of its line do. */
  async needs(settings: ReachSettings, city: string, line: number): Promise<{ needs: Need[]; radiusM: number } | null> {
    const tables = this.#tables.find((one) => one.city === city);
    if (!tables) return null;
    const [reach, places] = await Promise.all([this.#loadReach(), this.#loadPlaces(tables)]);
    const [grid] = reach.count(settings, [places]);
    const radiusM = medianRadius(
      reach.reachers(settings).map(({ circle }) => circle),
      line,
    );
    if (!grid || radiusM === null) return null;
    return { needs: findNeeds(places, grid.coverage, line, radiusM, MOST_NEEDS), radiusM };
  }

  /** The grids that have cells in a square of the quadtree, in the catalog's order. */
  async #gridsAt(square: CellAddress, settings: ReachSettings): Promise<CountedGrid[]> {
    const near = this.#tables.filter(({ box }) => touches(box, square));
    const [reach, ...places] = await Promise.all([this.#loadReach(), ...near.map((one) => this.#loadPlaces(one))]);
    return reach.count(settings, places);
  }

  /** Of every city: a vendor reaches whatever is near enough, wherever it is registered. */
  #loadReach(): Promise<Reach> {
    this.#reach ??= Promise.all(this.#tables.map(({ vendorsUrl }) => fetchJson(vendorsUrl, vendorTableSchema))).then(
      (tables) => new Reach(tables.flatMap(vendorsOf), tables[0]?.lines ?? [], tables[0]?.grades ?? []),
    );
    this.#reach.catch(() => {
      this.#reach = null;
    });
    return this.#reach;
  }

  #loadPlaces({ city, gridUrl }: CityTables): Promise<Places> {
    const places = this.#places.get(city) ?? fetchJson(gridUrl, gridSchema).then(placesOf);
    this.#places.set(city, places);
    places.catch(() => this.#places.delete(city));
    return places;
  }
}

const MOST_NEEDS = 10;

/** A cell more on every side: a grid has the cells whose centres lie in the box. */
function touches([west, south, east, north]: Box, { level, column, row }: CellAddress): boolean {
  const [left, top] = gridToLngLat(column, row, level);
  const [right, bottom] = gridToLngLat(column + 1, row + 1, level);
  return left <= east && right >= west && bottom <= north && top >= south;
}

export type ReachApi = ReachWorker;
expose(new ReachWorker());
