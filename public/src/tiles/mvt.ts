// Low-level vector tiles: the protobuf keys, a reader and a writer.

// Keys (field number × 8 + wire type) of the Mapbox Vector Tile 2.1 protobuf, section 4.
export const TILE_LAYER = 0x1a;
export const LAYER_NAME = 0x0a;
export const LAYER_FEATURE = 0x12;
export const LAYER_KEY = 0x1a;
export const LAYER_VALUE = 0x22;
export const LAYER_EXTENT = 0x28;
export const LAYER_VERSION = 0x78;
export const FEATURE_TAGS = 0x12;
export const FEATURE_TYPE = 0x18;
export const FEATURE_GEOMETRY = 0x22;
export const VALUE_TEXT = 0x0a;
export const VALUE_DOUBLE = 0x19;
export const VALUE_UINT = 0x28;
export const POINT = 1;
export const LINE = 2;
export const POLYGON = 3;
const DEFAULT_EXTENT = 4096;
// Section 4.3.1: a command has its id in three bits and a repeat count above.
export const MOVE_ONCE = 9;
export const LINE_THRICE = 26;
export const CLOSE = 15;

/** `reader` must be at the first field of the layer. It is there again afterwards. */
export function extentOf(reader: Reader, end: number): number {
  const begin = reader.at;
  let extent = DEFAULT_EXTENT;
  while (reader.at < end) {
    const key = reader.varint();
    if (key === LAYER_EXTENT) extent = reader.varint();
    else reader.at = reader.skip(key);
  }
  reader.at = begin;
  return extent;
}

export const zigzag = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n);
export const unzigzag = (n: number): number => (n % 2 === 1 ? -(n + 1) / 2 : n / 2);

export class Reader {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** Up to 2^53, which is enough for keys, lengths and coordinates. Values are copied without decoding. */
  varint(): number {
    let value = 0;
    let scale = 1;
    while (this.at < this.bytes.length) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Error('tile is truncated');
  }

  /** The end of the field with this key. For a message the reader moves to its first byte. */
  skip(key: number): number {
    const end = this.#end(key & 7);
    if (end > this.bytes.length) throw new Error('tile is truncated');
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
        throw new Error(`unexpected wire type ${wire}`);
    }
  }
}

export class Writer {
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

  /** Eight bytes, little-endian. */
  double(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.copy(bytes, 0, 8);
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    if (this.#at + to - from > this.#buffer.length) this.#grow(to - from);
    this.#buffer.set(bytes.subarray(from, to), this.#at);
    this.#at += to - from;
  }

  text(key: number, text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.varint(key);
    this.varint(bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  /** Starts a message and reserves one byte for its length. Pass the returned position to `close`. */
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
