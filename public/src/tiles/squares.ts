// Turns the points of a density tile into squares before the map decodes it.
// Squares have no gaps at any zoom; circles or icons would leave gaps or overlap.

import { CELLS_PER_TILE } from '@styles/tokens';
import {
  CLOSE,
  extentOf,
  FEATURE_GEOMETRY,
  FEATURE_TYPE,
  LAYER_FEATURE,
  LINE_THRICE,
  MOVE_ONCE,
  POINT,
  POLYGON,
  Reader,
  TILE_LAYER,
  unzigzag,
  Writer,
  zigzag,
} from './mvt';

/** Every feature must be one point at the centre of a cell; anything else is an error. */
export function pointsToSquares(tile: ArrayBuffer): ArrayBuffer {
  const reader = new Reader(new Uint8Array(tile));
  // The geometry of a square is at most 20 bytes longer than that of its point, and a feature has at least 6 bytes.
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

/** `reader` must be at the first field of the layer. */
function writeLayer(reader: Reader, end: number, writer: Writer): void {
  const side = extentOf(reader, end) / CELLS_PER_TILE;
  if (!Number.isInteger(side / 2)) throw new Error(`extent is not a multiple of ${2 * CELLS_PER_TILE}`);
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

/** From the north-west corner clockwise on screen: an outer ring (section 4.3.4.4). */
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
