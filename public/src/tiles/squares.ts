// Turns the points of a density tile into squares before the map decodes it.
// Squares have no gaps at any zoom; circles or icons would leave gaps or overlap.

import { CELLS_PER_TILE } from '@styles/tokens';
import { PbfReader, PbfWriter } from 'pbf';
import {
  CLOSE,
  copyField,
  extentOf,
  FEATURE_GEOMETRY,
  FEATURE_TYPE,
  fieldOf,
  finishTile,
  LAYER_FEATURE,
  LINE_THRICE,
  MOVE_ONCE,
  messageEnd,
  POINT,
  POLYGON,
  TILE_LAYER,
  zigzag,
} from './mvt';

/** An embedded message of the tile. The reader is at its first field. */
interface Message {
  reader: PbfReader;
  end: number;
  /** The side of a cell, in tile units. */
  side: number;
}

/** Every feature must be one point at the centre of a cell; anything else is an error. */
export function pointsToSquares(tile: ArrayBuffer): ArrayBuffer {
  const reader = new PbfReader(tile);
  // The geometry of a square is at most 20 bytes longer than that of its point, and a feature has at least 6 bytes.
  const writer = new PbfWriter(new ArrayBuffer(tile.byteLength * 4 + 64));
  while (reader.pos < reader.length) {
    const start = reader.pos;
    const key = reader.readVarint();
    if (fieldOf(key) === TILE_LAYER) writer.writeMessage(TILE_LAYER, writeLayer, layerAt(reader));
    else copyField(reader, start, key, writer);
  }
  return finishTile(writer);
}

function layerAt(reader: PbfReader): Message {
  const end = messageEnd(reader);
  const side = extentOf(reader, end) / CELLS_PER_TILE;
  if (!Number.isInteger(side / 2)) throw new Error(`extent is not a multiple of ${2 * CELLS_PER_TILE}`);
  return { reader, end, side };
}

function writeLayer({ reader, end, side }: Message, writer: PbfWriter): void {
  while (reader.pos < end) {
    const start = reader.pos;
    const key = reader.readVarint();
    if (fieldOf(key) === LAYER_FEATURE) {
      writer.writeMessage(LAYER_FEATURE, writeFeature, { reader, end: messageEnd(reader), side });
    } else copyField(reader, start, key, writer);
  }
}

function writeFeature({ reader, end, side }: Message, writer: PbfWriter): void {
  while (reader.pos < end) {
    const start = reader.pos;
    const key = reader.readVarint();
    if (fieldOf(key) === FEATURE_TYPE) {
      const type = reader.readVarint();
      if (type !== POINT) throw new Error(`feature type ${type} is not a point`);
      writer.writeVarintField(FEATURE_TYPE, POLYGON);
    } else if (fieldOf(key) === FEATURE_GEOMETRY) {
      writer.writePackedVarint(FEATURE_GEOMETRY, squareAround(reader, messageEnd(reader), side));
    } else copyField(reader, start, key, writer);
  }
}

/** From the north-west corner clockwise on screen: an outer ring (section 4.3.4.4). */
function squareAround(reader: PbfReader, end: number, side: number): number[] {
  const command = reader.readVarint();
  const west = reader.readSVarint() - side / 2;
  const north = reader.readSVarint() - side / 2;
  if (command !== MOVE_ONCE || reader.pos !== end) throw new Error('feature is not a single point');
  const step = zigzag(side);
  return [MOVE_ONCE, zigzag(west), zigzag(north), LINE_THRICE, step, 0, 0, step, zigzag(-side), 0, CLOSE];
}
