// Writes a vector tile with one layer: features with tags, then the keys and values that the tags refer to.

import { PbfWriter } from 'pbf';
import {
  CLOSE,
  FEATURE_GEOMETRY,
  FEATURE_TAGS,
  FEATURE_TYPE,
  finishTile,
  LAYER_EXTENT,
  LAYER_FEATURE,
  LAYER_KEY,
  LAYER_NAME,
  LAYER_VALUE,
  LAYER_VERSION,
  LINE_THRICE,
  MOVE_ONCE,
  POINT,
  POLYGON,
  TILE_LAYER,
  VALUE_DOUBLE,
  VALUE_TEXT,
  VALUE_UINT,
  zigzag,
} from './mvt';

export type Tags = Iterable<readonly [name: string, value: number | string]>;

/** A rectangle in tile units, from the north-west corner of the tile. */
export interface TileRect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Feature {
  type: number;
  /** Indices of names and values, in turn. */
  tags: number[];
  /** Commands and their parameters (section 4.3). */
  geometry: number[];
}

export class LayerWriter {
  /** The fields of the layer. */
  readonly #writer: PbfWriter;
  readonly #names = new Numbering<string>();
  readonly #values = new Numbering<number | string>();

  constructor(
    name: string,
    readonly extent: number,
    capacity: number,
  ) {
    this.#writer = new PbfWriter(new ArrayBuffer(capacity));
    this.#writer.writeStringField(LAYER_NAME, name);
  }

  /** A polygon whose outer rings are the rectangles, clockwise on screen. */
  rects(tags: Tags, rects: readonly TileRect[]): void {
    this.feature(POLYGON, tags, ringsOf(rects));
  }

  point(tags: Tags, x: number, y: number): void {
    this.feature(POINT, tags, [MOVE_ONCE, zigzag(x), zigzag(y)]);
  }

  feature(type: number, tags: Tags, geometry: number[]): void {
    const indices: number[] = [];
    for (const [name, value] of tags) indices.push(this.#names.of(name), this.#values.of(value));
    this.#writer.writeMessage(LAYER_FEATURE, writeFeature, { type, tags: indices, geometry });
  }

  finish(): ArrayBuffer {
    const writer = this.#writer;
    for (const name of this.#names.all()) writer.writeStringField(LAYER_KEY, name);
    for (const value of this.#values.all()) writer.writeMessage(LAYER_VALUE, writeValue, value);
    writer.writeVarintField(LAYER_EXTENT, this.extent);
    writer.writeVarintField(LAYER_VERSION, 2);
    const layer = writer.finish();
    const tile = new PbfWriter(new ArrayBuffer(layer.length + 16));
    tile.writeBytesField(TILE_LAYER, layer);
    return finishTile(tile);
  }
}

function writeFeature({ type, tags, geometry }: Feature, writer: PbfWriter): void {
  writer.writeVarintField(FEATURE_TYPE, type);
  writer.writePackedVarint(FEATURE_TAGS, tags);
  writer.writePackedVarint(FEATURE_GEOMETRY, geometry);
}

function writeValue(value: number | string, writer: PbfWriter): void {
  if (typeof value === 'string') writer.writeStringField(VALUE_TEXT, value);
  else if (Number.isInteger(value) && value >= 0) writer.writeVarintField(VALUE_UINT, value);
  else writer.writeDoubleField(VALUE_DOUBLE, value);
}

function ringsOf(rects: readonly TileRect[]): number[] {
  const commands: number[] = [];
  let [x, y] = [0, 0];
  for (const { left, top, right, bottom } of rects) {
    commands.push(MOVE_ONCE, zigzag(left - x), zigzag(top - y), LINE_THRICE);
    for (const move of [right - left, 0, 0, bottom - top, left - right, 0]) commands.push(zigzag(move));
    commands.push(CLOSE);
    // Section 4.3.3.3: closing leaves the cursor at the last vertex.
    [x, y] = [left, bottom];
  }
  return commands;
}

/** Numbers items in the order of their first use. */
class Numbering<T> {
  #numbers = new Map<T, number>();

  of(thing: T): number {
    let number = this.#numbers.get(thing);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(thing, number);
    }
    return number;
  }

  all(): IterableIterator<T> {
    return this.#numbers.keys();
  }
}
