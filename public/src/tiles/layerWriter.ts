// Writes a vector tile with one layer: features with tags, then the keys and values that the tags refer to.

import {
  CLOSE,
  FEATURE_GEOMETRY,
  FEATURE_TAGS,
  FEATURE_TYPE,
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
  Writer,
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

export class LayerWriter {
  readonly #writer: Writer;
  readonly #body: number;
  readonly #names = new Numbering<string>();
  readonly #values = new Numbering<number | string>();

  constructor(
    name: string,
    readonly extent: number,
    capacity: number,
  ) {
    this.#writer = new Writer(capacity);
    this.#body = this.#writer.open(TILE_LAYER);
    this.#writer.text(LAYER_NAME, name);
  }

  /** A polygon whose outer rings are the rectangles, clockwise on screen. */
  rects(tags: Tags, rects: readonly TileRect[]): void {
    this.feature(POLYGON, tags, (writer) => writeRects(rects, writer));
  }

  point(tags: Tags, x: number, y: number): void {
    this.feature(POINT, tags, (writer) => {
      writer.varint(MOVE_ONCE);
      writer.varint(zigzag(x));
      writer.varint(zigzag(y));
    });
  }

  feature(type: number, tags: Tags, writeGeometry: (writer: Writer) => void): void {
    const writer = this.#writer;
    const feature = writer.open(LAYER_FEATURE);
    writer.varint(FEATURE_TYPE);
    writer.varint(type);
    const tagged = writer.open(FEATURE_TAGS);
    for (const [name, value] of tags) {
      writer.varint(this.#names.of(name));
      writer.varint(this.#values.of(value));
    }
    writer.close(tagged);
    const geometry = writer.open(FEATURE_GEOMETRY);
    writeGeometry(writer);
    writer.close(geometry);
    writer.close(feature);
  }

  finish(): ArrayBuffer {
    const writer = this.#writer;
    for (const name of this.#names.all()) writer.text(LAYER_KEY, name);
    for (const value of this.#values.all()) writeValue(value, writer);
    writer.varint(LAYER_EXTENT);
    writer.varint(this.extent);
    writer.varint(LAYER_VERSION);
    writer.varint(2);
    writer.close(this.#body);
    return writer.finish();
  }
}

function writeValue(value: number | string, writer: Writer): void {
  const message = writer.open(LAYER_VALUE);
  if (typeof value === 'string') writer.text(VALUE_TEXT, value);
  else if (Number.isInteger(value) && value >= 0) {
    writer.varint(VALUE_UINT);
    writer.varint(value);
  } else {
    writer.varint(VALUE_DOUBLE);
    writer.double(value);
  }
  writer.close(message);
}

function writeRects(rects: readonly TileRect[], writer: Writer): void {
  let [x, y] = [0, 0];
  for (const { left, top, right, bottom } of rects) {
    writer.varint(MOVE_ONCE);
    writer.varint(zigzag(left - x));
    writer.varint(zigzag(top - y));
    writer.varint(LINE_THRICE);
    for (const move of [right - left, 0, 0, bottom - top, left - right, 0]) writer.varint(zigzag(move));
    writer.varint(CLOSE);
    // Section 4.3.3.3: closing leaves the cursor at the last vertex.
    [x, y] = [left, bottom];
  }
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
