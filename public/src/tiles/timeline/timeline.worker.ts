// Counts ranges of days off the main thread.

import type { Bounds } from '@styles/base';
import type { Quantiles } from '@styles/classes';
import { expose, transfer } from 'comlink';
import { fetchJson, LoadError } from '../../data/fetchJson';
import { tileTemplate } from '../../data/tileJson';
import type { Days } from '../../data/time/days';
import type { TimelineMonth } from '../../data/timeline';
import { fetchTimelineArchive } from '../../data/timelineArchive';
import type { TileAddress } from '../tileAddress';
import type { Against } from './change/growth';
import { type EngineLoader, type Range, TimelineEngine } from './engine';
import type { Block, Frame, Measured, Palette } from './frames';
import type { PlaceCounts, Retention } from './placeCounts';
import { placesSchema } from './places';

const loader: EngineLoader = {
  archive: async (tilejson) => {
    const archive = await fetchTimelineArchive(tilejson);
    return { ...archive, tiles: archive.tiles.map((template) => pathOf(template)) };
  },
  places: (url) => fetchJson(url, placesSchema),
  async tile(url) {
    const response = await fetch(url);
    if (!response.ok) throw new LoadError(url, String(response.status));
    // 204 is an empty tile.
    return response.status === 204 ? null : new Uint8Array(await response.arrayBuffer());
  },
};

/** Tiles are fetched from the origin of the page, or from the public address of the server. */
function pathOf(template: string): string {
  return tileTemplate(template, location.origin);
}

class TimelineWorker {
  #engine = new TimelineEngine(loader, [], []);

  open(months: readonly TimelineMonth[], lines: readonly string[]): void {
    this.#engine = new TimelineEngine(loader, months, lines);
  }

  async tile(range: Range, against: Against | null, tile: TileAddress): Promise<ArrayBuffer> {
    const data = await (against ? this.#engine.growthTile(range, against, tile) : this.#engine.tile(range, tile));
    return transfer(data, [data]);
  }

  async frame(range: Days, block: Block, measured: Measured, palette: Palette): Promise<Frame> {
    const frame = await this.#engine.frame(range, block, measured, palette);
    return transfer(frame, [frame.pixels.buffer]);
  }

  growthZooms(...asked: Parameters<TimelineEngine['growthZooms']>): ReturnType<TimelineEngine['growthZooms']> {
    return this.#engine.growthZooms(...asked);
  }

  quantiles(range: Range, city: Bounds, base: Quantiles, hasUsers: boolean): Promise<Quantiles> {
    return this.#engine.quantiles(range, city, base, hasUsers);
  }

  places(city: string, range: Days): Promise<Map<number, PlaceCounts>> {
    return this.#engine.places(city, range);
  }

  days(city: string, place: number, range: Days, lines: readonly string[]): Promise<number[]> {
    return this.#engine.days(city, place, range, lines);
  }

  retention(city: string, before: Days, after: Days, line: string | null): Promise<Map<number, Retention>> {
    return this.#engine.retention(city, before, after, line);
  }

  cellRetention(...asked: Parameters<TimelineEngine['cellRetention']>): ReturnType<TimelineEngine['cellRetention']> {
    return this.#engine.cellRetention(...asked);
  }

  hoursOfWeek(city: Bounds, range: Days, lines: readonly string[]): Promise<number[]> {
    return this.#engine.hoursOfWeek(city, range, lines);
  }
}

export type TimelineApi = TimelineWorker;

expose(new TimelineWorker());
