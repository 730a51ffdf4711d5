// Turns a density tile's points into the squares they stand for, byte by byte, before the map decodes it.
// A fill of squares is gapless at every zoom; discs or icons would leave gaps or overlap.

import { CELLS_PER_TILE } from '@styles/tokens';

// Field numbers and wire types of the Mapbox Vector Tile 2.1 protobuf, section 4.
const TILE_LAYER = 3;
const LAYER_FEATURE = 2;
const LAYER_EXTENT = 5;
const FEATURE_TYPE = 3;
const FEATURE_GEOMETRY = 4;
const POINT = 1;
const POLYGON = 3;
const DEFAULT_EXTENT = 4096;

interface Field {
  number: number;
  wire: number;
  /** Where the field begins, its value begins, and both end. */
  start: number;
  value: number;
  end: number;
}

/** Every feature must be one point at the centre of a cell; anything else is an error. */
export function pointsToSquares(tile: ArrayBuffer): ArrayBuffer {
  const bytes = new Uint8Array(tile);
  const out = new Writer(bytes.length * 2);
  for (const field of fields(bytes, 0, bytes.length)) {
    if (field.number === TILE_LAYER) out.message(TILE_LAYER, writeLayer(bytes, field));
    else out.copy(bytes, field.start, field.end);
  }
  return out.bytes().slice().buffer;
}

function writeLayer(bytes: Uint8Array, layer: Field): Uint8Array {
  const parts = [...fields(bytes, layer.value, layer.end)];
  const extentField = parts.find(({ number }) => number === LAYER_EXTENT);
  const extent = extentField ? varint(bytes, extentField.value).value : DEFAULT_EXTENT;
  const side = extent / CELLS_PER_TILE;
  if (!Number.isInteger(side / 2)) throw new Error(`extent ${extent} is not a multiple of ${2 * CELLS_PER_TILE}`);
  const out = new Writer((layer.end - layer.value) * 2);
  for (const part of parts) {
    if (part.number === LAYER_FEATURE) out.message(LAYER_FEATURE, writeFeature(bytes, part, side));
    else out.copy(bytes, part.start, part.end);
  }
  return out.bytes();
}

function writeFeature(bytes: Uint8Array, feature: Field, side: number): Uint8Array {
  const out = new Writer(feature.end - feature.value + 32);
  for (const part of fields(bytes, feature.value, feature.end)) {
    if (part.number === FEATURE_TYPE) {
      const type = varint(bytes, part.value).value;
      if (type !== POINT) throw new Error(`feature type ${type} is not a point`);
      out.varint(FEATURE_TYPE << 3);
      out.varint(POLYGON);
    } else if (part.number === FEATURE_GEOMETRY) {
      out.message(FEATURE_GEOMETRY, square(bytes, part, side));
    } else out.copy(bytes, part.start, part.end);
  }
  return out.bytes();
}

/** Section 4.3: MoveTo the north-west corner, three LineTo clockwise on screen (an outer ring), ClosePath. */
function square(bytes: Uint8Array, geometry: Field, side: number): Uint8Array {
  const command = varint(bytes, geometry.value);
  const x = varint(bytes, command.end);
  const y = varint(bytes, x.end);
  if (command.value !== 9 || y.end !== geometry.end) throw new Error('feature is not a single point');
  const out = new Writer(24);
  const west = unzigzag(x.value) - side / 2;
  const north = unzigzag(y.value) - side / 2;
  const right = zigzag(side);
  const left = zigzag(-side);
  for (const n of [9, zigzag(west), zigzag(north), 26, right, 0, 0, right, left, 0, 15]) out.varint(n);
  return out.bytes();
}

function* fields(bytes: Uint8Array, from: number, to: number): Generator<Field> {
  let start = from;
  while (start < to) {
    const key = varint(bytes, start);
    const wire = key.value & 7;
    let value = key.end;
    let end: number;
    if (wire === 0) end = varint(bytes, value).end;
    else if (wire === 2) {
      const length = varint(bytes, value);
      value = length.end;
      end = value + length.value;
    } else if (wire === 5) end = value + 4;
    else if (wire === 1) end = value + 8;
    else throw new Error(`wire type ${wire} is not used by vector tiles`);
    if (end > to) throw new Error('tile is cut short');
    yield { number: key.value >>> 3, wire, start, value, end };
    start = end;
  }
}

/** Reads up to 2^53, enough for lengths, coordinates and counts. */
function varint(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = at; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: i + 1 };
    scale *= 128;
  }
  throw new Error('tile is cut short');
}

const zigzag = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n);
const unzigzag = (n: number): number => (n % 2 === 1 ? -(n + 1) / 2 : n / 2);

class Writer {
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(Math.max(capacity, 16));
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#buffer[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    this.#buffer.set(bytes.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  message(field: number, body: Uint8Array): void {
    this.varint((field << 3) | 2);
    this.varint(body.length);
    this.copy(body, 0, body.length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + more));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
