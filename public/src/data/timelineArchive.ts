// The TileJSON of a timeline archive, validated when it is loaded.

import * as v from 'valibot';
import { fetchJson } from './fetchJson';

const number = v.pipe(v.number(), v.finite());

const tileJsonSchema = v.object({
  tiles: v.pipe(v.array(v.string()), v.minLength(1)),
  minzoom: number,
  maxzoom: number,
  lines: v.optional(v.array(v.string()), []),
});

/** An archive of a layer and month. */
export type TimelineArchive = v.InferOutput<typeof tileJsonSchema>;

export function fetchTimelineArchive(tilejson: string): Promise<TimelineArchive> {
  return fetchJson(tilejson, tileJsonSchema);
}
