// Loads timeline tiles and tables, each once, within a budget of bytes.

import type { TimelineMonth } from '../../data/timeline';
import type { TimelineArchive } from '../../data/timelineArchive';
import { type TileAddress, tileUrlOf } from '../tileAddress';
import { decodeTimelineTile, type TimelineLayer, type TimelineRows } from './columns';

/** What loads them: the browser, or a test. */
export interface TimelineLoader {
  archive(tilejson: string): Promise<TimelineArchive>;
  /** `null` for an empty tile. */
  tile(url: string): Promise<Uint8Array | null>;
}

const EMPTY = 0;
const NUMBER_BYTES = 4;

export class TimelineArchives {
  readonly #archives = new Map<string, Promise<TimelineArchive>>();
  /** In the order of their last use. */
  readonly #tiles = new Map<string, Promise<TimelineRows | null>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(
    readonly loader: TimelineLoader,
    /** The largest size of the decoded tiles. */
    readonly budget: number,
  ) {}

  /** The archive of a layer and month; `null` where it is not published. */
  async archive(month: TimelineMonth, layer: TimelineLayer): Promise<TimelineArchive | null> {
    const tilejson = month.layers[layer];
    if (tilejson === undefined) return null;
    const known = this.#archives.get(tilejson) ?? this.loader.archive(tilejson);
    this.#archives.set(tilejson, known);
    known.catch(() => this.#archives.delete(tilejson));
    return known;
  }

  /** The rows of a tile; `null` for an empty one. */
  async rows({ tiles: [template = ''] }: TimelineArchive, layer: TimelineLayer, tile: TileAddress) {
    const url = tileUrlOf(template, tile);
    const known = this.#tiles.get(url) ?? this.#load(url, layer);
    this.#tiles.delete(url);
    this.#tiles.set(url, known);
    return known;
  }

  async #load(url: string, layer: TimelineLayer): Promise<TimelineRows | null> {
    try {
      const tile = await this.loader.tile(url);
      const rows = tile && decodeTimelineTile(tile, layer);
      this.#keep(url, rows ? sizeOf(rows) : EMPTY);
      return rows;
    } catch (error) {
      this.#tiles.delete(url);
      throw error;
    }
  }

  #keep(url: string, bytes: number): void {
    this.#sizes.set(url, bytes);
    this.#bytes += bytes;
    for (const oldest of this.#tiles.keys()) {
      if (this.#bytes <= this.budget || oldest === url) break;
      const size = this.#sizes.get(oldest);
      // A tile that is still loading has no size yet.
      if (size === undefined) continue;
      this.#bytes -= size;
      this.#sizes.delete(oldest);
      this.#tiles.delete(oldest);
    }
  }
}

function sizeOf({ columns }: TimelineRows): number {
  return Object.values(columns).reduce((sum, column) => sum + column.length, 0) * NUMBER_BYTES;
}
