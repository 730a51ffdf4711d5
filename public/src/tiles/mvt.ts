// Vector tiles: their protobuf fields, and what pbf leaves to its caller (bounds checks, raw copies).

import type { PbfReader, PbfWriter } from 'pbf';

// Field numbers of the Mapbox Vector Tile 2.1 protobuf, section 4.
export const TILE_LAYER = 3;
export const LAYER_NAME = 1;
export const LAYER_FEATURE = 2;
export const LAYER_KEY = 3;
export const LAYER_VALUE = 4;
export const LAYER_EXTENT = 5;
export const LAYER_VERSION = 15;
export const FEATURE_TAGS = 2;
export const FEATURE_TYPE = 3;
export const FEATURE_GEOMETRY = 4;
export const VALUE_TEXT = 1;
export const VALUE_DOUBLE = 3;
export const VALUE_UINT = 5;
export const POINT = 1;
export const LINE = 2;
export const POLYGON = 3;
const DEFAULT_EXTENT = 4096;
// Section 4.3.1: a command has its id in three bits and a repeat count above.
export const MOVE_ONCE = 9;
export const LINE_THRICE = 26;
export const CLOSE = 15;

export const zigzag = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n);

/** A key is a field number with its wire type in the lowest three bits. */
export const fieldOf = (key: number): number => key >> 3;

/** The end of the message whose length is at the reader. The reader moves to its first byte. */
export function messageEnd(reader: PbfReader): number {
  const length = reader.readVarint();
  return checked(reader, reader.pos + length);
}

/** Copies the field that begins at `start`. The reader must be after its key and moves to its end. */
export function copyField(reader: PbfReader, start: number, key: number, writer: PbfWriter): void {
  reader.skip(key);
  const bytes = reader.buf.subarray(start, checked(reader, reader.pos));
  writer.realloc(bytes.length);
  writer.buf.set(bytes, writer.pos);
  writer.pos += bytes.length;
}

/** pbf does not notice that a field ends beyond the tile. */
function checked(reader: PbfReader, end: number): number {
  if (end > reader.length) throw new Error('tile is truncated');
  return end;
}

/** `reader` must be at the first field of the layer. It is there again afterwards. */
export function extentOf(reader: PbfReader, end: number): number {
  const begin = reader.pos;
  let extent = DEFAULT_EXTENT;
  while (reader.pos < end) {
    const key = reader.readVarint();
    if (fieldOf(key) === LAYER_EXTENT) extent = reader.readVarint();
    else reader.skip(key);
  }
  reader.pos = begin;
  return extent;
}

export function finishTile(writer: PbfWriter): ArrayBuffer {
  const bytes = writer.finish();
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}
