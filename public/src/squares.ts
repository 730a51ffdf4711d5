// Turns a density tile's points into the squares they stand for, byte by byte, before the map decodes it.
// A fill of squares is gapless at every zoom; discs or icons would leave gaps or overlap.

import { CELLS_PER_TILE } from '@styles/tokens';

// Keys (field number × 8 + wire type) of the Mapbox Vector Tile 2.1 protobuf, section 4.
const TILE_LAYER = 0x1a;
const LAYER_FEATURE = 0x12;
const LAYER_EXTENT = 0x28;
const FEATURE_TYPE = 0x18;
const FEATURE_GEOMETRY = 0x22;
const POINT = 1;
const POLYGON = 3;
const DEFAULT_EXTENT = 4096;
// Section 4.3.1: a command is its id in three bits and a repeat count.
const MOVE_ONCE = 9;
const LINE_THRICE = 26;
const CLOSE = 15;

/** Every feature must be one point at the centre of a cell; anything else is an error. */
export function pointsToSquares(tile: ArrayBuffer): ArrayBuffer {
  const reader = new Reader(new Uint8Array(tile));
  // A square's geometry is at most 20 bytes longer than its point's, a feature at least 6 long.
  const writer = new Writer(tile.byteLength * 4 + 64);
  while (reader.at < reader.bytes.length) {
    const start = reader.at;
    const key = reader.varint();
    const end = reader.skip(key);
    if (key === TILE_LAYER) writeLayer(reader, end, writer);
    else writer.copy(reader.bytes, start, end);
    reader.at = end;
  }
  return writer.finish();
}

/** `reader` stands at the layer's first field. */
function writeLayer(reader: Reader, end: number, writer: Writer): void {
  const begin = reader.at;
  const side = extentOf(reader, end) / CELLS_PER_TILE;
  if (!Number.isInteger(side / 2)) throw new Error(`extent is not a multiple of ${2 * CELLS_PER_TILE}`);
  reader.at = begin;
  const body = writer.open(TILE_LAYER);
  while (reader.at < end) {
    const start = reader.at;
    const key = reader.varint();
    const fieldEnd = reader.skip(key);
    if (key === LAYER_FEATURE) writeFeature(reader, fieldEnd, side, writer);
    else writer.copy(reader.bytes, start, fieldEnd);
    reader.at = fieldEnd;
  }
  writer.close(body);
}

function extentOf(reader: Reader, end: number): number {
  let extent = DEFAULT_EXTENT;
  while (reader.at < end) {
    const key = reader.varint();
    if (key === LAYER_EXTENT) extent = reader.varint();
    else reader.at = reader.skip(key);
  }
  return extent;
}

function writeFeature(reader: Reader, end: number, side: number, writer: Writer): void {
  const body = writer.open(LAYER_FEATURE);
  while (reader.at < end) {
    const start = reader.at;
    const key = reader.varint();
    if (key === FEATURE_TYPE) {
      const type = reader.varint();
      if (type !== POINT) throw new Error(`feature type ${type} is not a point`);
      writer.varint(FEATURE_TYPE);
      writer.varint(POLYGON);
    } else if (key === FEATURE_GEOMETRY) {
      writeSquare(reader, reader.skip(key), side, writer);
    } else {
      const fieldEnd = reader.skip(key);
      writer.copy(reader.bytes, start, fieldEnd);
      reader.at = fieldEnd;
    }
  }
  writer.close(body);
}

/** The north-west corner, then clockwise on screen: an outer ring (section 4.3.4.4). */
function writeSquare(reader: Reader, end: number, side: number, writer: Writer): void {
  const command = reader.varint();
  const west = unzigzag(reader.varint()) - side / 2;
  const north = unzigzag(reader.varint()) - side / 2;
  if (command !== MOVE_ONCE || reader.at !== end) throw new Error('feature is not a single point');
  const body = writer.open(FEATURE_GEOMETRY);
  writer.varint(MOVE_ONCE);
  writer.varint(zigzag(west));
  writer.varint(zigzag(north));
  writer.varint(LINE_THRICE);
  writer.varint(zigzag(side));
  writer.varint(0);
  writer.varint(0);
  writer.varint(zigzag(side));
  writer.varint(zigzag(-side));
  writer.varint(0);
  writer.varint(CLOSE);
  writer.close(body);
}

const zigzag = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n);
const unzigzag = (n: number): number => (n % 2 === 1 ? -(n + 1) / 2 : n / 2);

class Reader {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** Up to 2^53: enough for keys, lengths and coordinates; values are copied, not read. */
  varint(): number {
    let value = 0;
    let scale = 1;
    while (this.at < this.bytes.length) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Error('tile is cut short');
  }

  /** Where the field with this key ends. A message is entered: the reader then stands at its first byte. */
  skip(key: number): number {
    const end = this.#end(key & 7);
    if (end > this.bytes.length) throw new Error('tile is cut short');
    return end;
  }

  #end(wire: number): number {
    switch (wire) {
      case 0: {
        const start = this.at;
        this.varint();
        const end = this.at;
        this.at = start;
        return end;
      }
      case 1:
        return this.at + 8;
      case 2: {
        const length = this.varint();
        return this.at + length;
      }
      case 5:
        return this.at + 4;
      default:
        throw new Error(`wire type ${wire} is not used by vector tiles`);
    }
  }
}

class Writer {
  #buffer: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity);
  }

  finish(): ArrayBuffer {
    return this.#buffer.buffer.slice(0, this.#at);
  }

  varint(value: number): void {
    if (this.#at + 8 > this.#buffer.length) this.#grow(8);
    let rest = value;
    while (rest > 127) {
      this.#buffer[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at++] = rest;
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    if (this.#at + to - from > this.#buffer.length) this.#grow(to - from);
    this.#buffer.set(bytes.subarray(from, to), this.#at);
    this.#at += to - from;
  }

  /** Begins a message, guessing that one byte will hold its length; `close` takes the returned place. */
  open(key: number): number {
    this.varint(key);
    this.varint(0);
    return this.#at;
  }

  close(body: number): void {
    const end = this.#at;
    const length = end - body;
    let more = 0;
    for (let rest = length; rest > 127; rest = Math.floor(rest / 128)) more += 1;
    if (end + more > this.#buffer.length) this.#grow(more);
    if (more > 0) this.#buffer.copyWithin(body + more, body, end);
    this.#at = body - 1;
    this.varint(length);
    this.#at = end + more;
  }

  #grow(more: number): void {
    const grown = new Uint8Array(this.#buffer.length * 2 + more);
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}
