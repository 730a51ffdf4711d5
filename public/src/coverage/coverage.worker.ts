// Computes coverage and radius circles off the main thread, so that the page stays responsive while a slider moves.

import type { Bounds } from '@styles/base';
import { expose, transfer } from 'comlink';
import { fetchJson } from '../data/fetchJson';
import { type CellAddress, gridToLngLat } from '../tiles/cells';
import type { TileAddress } from '../tiles/tileAddress';
import { vendorsOf, vendorTableSchema } from '../vendors/vendorTable';
import { type AreaGap, areaGapsOf, type Shortfall, shortfallOf } from './areaGaps';
import { type AreaGrid, areaGridOf, gridSchema } from './areaGrid';
import { radiusTile } from './circles';
import { type CoveringVendor, coveringVendors } from './covering';
import { DeliveryAreas } from './deliveryAreas';
import { type CoverageGap, findGaps, medianRadius } from './gaps';
import { packCounts } from './packed';
import type { CountedGrid } from './rollup';
import type { CellShape, CoverageSettings } from './settings';
import { cellFacts, countPairs, coverageTile } from './tile';
import { vendorTile } from './vendorPoints';

/** The URLs of a city's tables, and its bounds. */
export interface CityTables {
  city: string;
  bounds: Bounds;
  vendorsUrl: string;
  gridUrl: string;
}

class CoverageWorker {
  #tables: readonly CityTables[] = [];
  #deliveryAreas: Promise<DeliveryAreas> | null = null;
  #areaGrids = new Map<string, Promise<AreaGrid>>();

  open(tables: readonly CityTables[]): void {
    this.#tables = tables;
  }

  async coverageTile(
    settings: CoverageSettings,
    tile: TileAddress,
    shape: CellShape,
    lines: readonly number[],
  ): Promise<ArrayBuffer> {
    const { z: level, x: column, y: row } = tile;
    const grids = await this.#gridsAt({ level, column, row }, settings);
    const data = coverageTile(grids, tile, shape, lines);
    return transfer(data, [data]);
  }

  async radiusTile(settings: CoverageSettings, tile: TileAddress): Promise<ArrayBuffer> {
    const deliveryAreas = await this.#loadDeliveryAreas();
    const data = radiusTile(deliveryAreas.select(settings), tile);
    return transfer(data, [data]);
  }

  async vendorTile(settings: CoverageSettings, tile: TileAddress): Promise<ArrayBuffer> {
    const deliveryAreas = await this.#loadDeliveryAreas();
    const data = vendorTile(deliveryAreas.select(settings), tile);
    return transfer(data, [data]);
  }

  /** The attributes that a published tile has for a cell; `null` where the map shows no cell. */
  async cell(settings: CoverageSettings, cell: CellAddress): Promise<Record<string, number | string> | null> {
    const grids = await this.#gridsAt(cell, settings);
    const facts = cellFacts(grids, cell);
    if (!facts || grids[0]?.coverage.grid.level !== cell.level) return facts;
    const circles = (await this.#loadDeliveryAreas()).select(settings).map(({ circle }) => circle);
    const packed = packCounts(countPairs(circles, cell));
    return packed === '' ? facts : { ...facts, packed };
  }

  /** `radiusM` is the radius assumed for one more vendor: the median radius of its line. */
  async gaps(
    settings: CoverageSettings,
    city: string,
    line: number,
  ): Promise<{ gaps: CoverageGap[]; radiusM: number } | null> {
    const tables = this.#tables.find((one) => one.city === city);
    if (!tables) return null;
    const [deliveryAreas, areaGrid] = await Promise.all([this.#loadDeliveryAreas(), this.#loadAreaGrid(tables)]);
    const [grid] = deliveryAreas.count(settings, [areaGrid]);
    const radiusM = medianRadius(
      deliveryAreas.select(settings).map(({ circle }) => circle),
      line,
    );
    if (!grid || radiusM === null) return null;
    return { gaps: findGaps(areaGrid, grid.coverage, line, radiusM, MAX_GAPS), radiusM };
  }

  /** The cells of a city below the target of a line; `null` where the map has no grid of the city. */
  async shortfall(settings: CoverageSettings, city: string, line: number): Promise<Shortfall | null> {
    const counted = await this.#countCity(settings, city);
    return counted && shortfallOf(counted.areaGrid, counted.coverage, line);
  }

  /** The gap of each area with a target for the line; `null` where the map has no grid of the city. */
  async areaGaps(settings: CoverageSettings, city: string, line: number): Promise<AreaGap[] | null> {
    const counted = await this.#countCity(settings, city);
    return counted && areaGapsOf(counted.areaGrid, counted.coverage, line);
  }

  async #countCity(settings: CoverageSettings, city: string): Promise<CountedGrid | null> {
    const tables = this.#tables.find((one) => one.city === city);
    if (!tables) return null;
    const [deliveryAreas, areaGrid] = await Promise.all([this.#loadDeliveryAreas(), this.#loadAreaGrid(tables)]);
    return deliveryAreas.count(settings, [areaGrid])[0] ?? null;
  }

  /** The vendors of the lines that deliver to a point, nearest first. */
  async covering(
    settings: CoverageSettings,
    place: { lng: number; lat: number },
    lines: readonly number[],
  ): Promise<CoveringVendor[]> {
    const deliveryAreas = await this.#loadDeliveryAreas();
    return coveringVendors(deliveryAreas.select(settings), place, lines);
  }

  /** The grids that have cells in a square of the quadtree, in catalog order. */
  async #gridsAt(square: CellAddress, settings: CoverageSettings): Promise<CountedGrid[]> {
    const near = this.#tables.filter(({ bounds }) => touches(bounds, square));
    const [deliveryAreas, ...areaGrids] = await Promise.all([
      this.#loadDeliveryAreas(),
      ...near.map((one) => this.#loadAreaGrid(one)),
    ]);
    return deliveryAreas.count(settings, areaGrids);
  }

  /** Loads the vendors of every city: a vendor delivers within its radius, across city limits. */
  #loadDeliveryAreas(): Promise<DeliveryAreas> {
    this.#deliveryAreas ??= Promise.all(
      this.#tables.map(({ vendorsUrl }) => fetchJson(vendorsUrl, vendorTableSchema)),
    ).then((tables) => new DeliveryAreas(tables.flatMap(vendorsOf), tables[0]?.lines ?? [], tables[0]?.grades ?? []));
    this.#deliveryAreas.catch(() => {
      this.#deliveryAreas = null;
    });
    return this.#deliveryAreas;
  }

  #loadAreaGrid({ city, gridUrl }: CityTables): Promise<AreaGrid> {
    const areaGrid = this.#areaGrids.get(city) ?? fetchJson(gridUrl, gridSchema).then(areaGridOf);
    this.#areaGrids.set(city, areaGrid);
    areaGrid.catch(() => this.#areaGrids.delete(city));
    return areaGrid;
  }
}

const MAX_GAPS = 10;

/** Whether bounds and a square touch. Edges count, because a grid holds the cells whose centres lie in its bounds. */
function touches([west, south, east, north]: Bounds, { level, column, row }: CellAddress): boolean {
  const [left, top] = gridToLngLat(column, row, level);
  const [right, bottom] = gridToLngLat(column + 1, row + 1, level);
  return left <= east && right >= west && bottom <= north && top >= south;
}

export type CoverageApi = CoverageWorker;
expose(new CoverageWorker());
