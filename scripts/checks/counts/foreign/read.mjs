// Reads a whole archive with npm's pmtiles, @mapbox/vector-tile and pbf: the readers of web pages.
// Prints one JSON line: orders and features by zoom, and whether the header says clustered.
import { open } from 'node:fs/promises';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { PMTiles, ResolvedValueCache, tileIdToZxy } from 'pmtiles';

class LocalFile {
  constructor(path, handle) {
    this.path = path;
    this.handle = handle;
  }

  getKey() {
    return this.path;
  }

  async getBytes(offset, length) {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.handle.read(bytes, 0, length, offset);
    return { data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytesRead) };
  }
}

/** Every tile id of the archive, leaf directories included. */
async function* tileIds(source, header, cache, offset, length) {
  for (const entry of await cache.getDirectory(source, offset, length, header)) {
    if (entry.runLength === 0) {
      yield* tileIds(source, header, cache, header.leafDirectoryOffset + entry.offset, entry.length);
    }
    for (let i = 0; i < entry.runLength; i++) yield entry.tileId + i;
  }
}

function sum(layer, name) {
  let total = 0;
  for (let i = 0; i < layer.length; i++) total += layer.feature(i).properties[name] ?? 0;
  return total;
}

const source = new LocalFile(process.argv[2], await open(process.argv[2]));
const cache = new ResolvedValueCache();
const archive = new PMTiles(source, cache);
const header = await archive.getHeader();
const zooms = {};
const ids = tileIds(source, header, cache, header.rootDirectoryOffset, header.rootDirectoryLength);
for await (const id of ids) {
  const [z, x, y] = tileIdToZxy(id);
  const tile = await archive.getZxy(z, x, y);
  const { density } = new VectorTile(new PbfReader(new Uint8Array(tile.data))).layers;
  zooms[z] ??= { orders: 0, cells: 0 };
  zooms[z].orders += sum(density, 'orders');
  zooms[z].cells += density.length;
}
console.log(JSON.stringify({ clustered: header.clustered, zooms }));
await source.handle.close();
