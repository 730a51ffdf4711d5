//! Writes an archive sequentially, from tiles in the order of their ids.

use std::io::{self, Seek, Write};

use pmtiles::{PmTilesWriter, PmtError, TileType};

use crate::digest::TileHash;
use crate::grid::coord::{TileCoord, TileId};

/// Version of the tiles and metadata of our archives, `format_version` in the metadata. It changes only when
/// the encoding of tiles or the meaning of metadata changes. Archives from before version 1 do not have it.
pub const FORMAT_VERSION: u32 = 1;

/// A compressed tile.
#[derive(Clone, Debug)]
pub struct StoredTile {
    /// Its address.
    pub coord: TileCoord,
    /// Its gzip bytes.
    pub bytes: Vec<u8>,
    /// Hash of those bytes.
    pub hash: TileHash,
}

/// The header fields and metadata of an archive.
#[derive(Clone, Debug)]
pub struct ArchiveContent {
    /// Shallowest zoom.
    pub minzoom: u8,
    /// Deepest zoom.
    pub maxzoom: u8,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// JSON metadata with `vector_layers`.
    pub metadata: String,
}

/// Figures of a written archive.
#[derive(Clone, Debug)]
pub struct WrittenArchive {
    /// Number of addressed tiles.
    pub tiles: u64,
    /// Hash of each directory entry's bytes, in directory order.
    pub hashes: Vec<TileHash>,
}

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The id of the tile is not greater than that of the previous tile.
    #[error("tile {coord} is out of order")]
    OutOfOrder {
        /// The tile.
        coord: TileCoord,
    },
    /// The file could not be written.
    #[error("could not write the archive's bytes")]
    Io(#[from] io::Error),
    /// The PMTiles writer failed.
    #[error("could not write the archive")]
    Writer(#[from] PmtError),
}

/// Writes tiles, which must be sorted by tile id, as an archive. The same input gives the same bytes.
pub fn write<'a>(
    out: impl Write + Seek,
    content: &ArchiveContent,
    tiles: impl IntoIterator<Item = &'a StoredTile>,
) -> Result<WrittenArchive, WriteError> {
    let [west, south, east, north] = content.bounds;
    let mut writer = PmTilesWriter::new(TileType::Mvt)
        .precompressed(pmtiles::Compression::Gzip)
        .dedup_by_key::<u128>()
        .min_zoom(content.minzoom)
        .max_zoom(content.maxzoom)
        .bounds(west, south, east, north)
        .center(f64::midpoint(west, east), f64::midpoint(south, north))
        .center_zoom(content.minzoom)
        .metadata(content.metadata.as_str())
        .create(out)?;
    let mut written = WrittenArchive { tiles: 0, hashes: Vec::new() };
    let mut last: Option<(u64, TileHash)> = None;
    for tile in tiles {
        let id = TileId::from(tile.coord).get();
        if last.is_some_and(|(before, _)| before >= id) {
            return Err(WriteError::OutOfOrder { coord: tile.coord });
        }
        let coord = pmtiles::TileCoord::new(tile.coord.z(), tile.coord.x(), tile.coord.y())?;
        writer.add_tile(coord, &tile.bytes, Some(tile.hash.get()))?;
        // The writer merges a run of equal tiles into one entry, and so must the list of hashes.
        if last.is_none_or(|(before, hash)| before + 1 != id || hash != tile.hash) {
            written.hashes.push(tile.hash);
        }
        last = Some((id, tile.hash));
        written.tiles += 1;
    }
    writer.finalize()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::super::{ArchiveIndex, GzipEncoder, Header, Lookup};
    use super::*;

    fn content() -> ArchiveContent {
        let metadata = r#"{"vector_layers":[]}"#.to_owned();
        ArchiveContent { minzoom: 3, maxzoom: 9, bounds: [-1.0, -2.0, 3.0, 4.0], metadata }
    }

    fn stored(z: u8, position: u64, value: u8) -> StoredTile {
        GzipEncoder::new(6).encode_tile(TileCoord::at(z, position), &[value; 40])
    }

    fn read(bytes: &[u8]) -> ArchiveIndex {
        let header = Header::parse(bytes, bytes.len() as u64).unwrap();
        let part = |range: &std::ops::Range<u64>| &bytes[range.start as usize..range.end as usize];
        let (root, leaves) = (part(&header.root), part(&header.leaves));
        ArchiveIndex::parse(header.clone(), root, leaves).unwrap()
    }

    proptest! {
        #[test]
        fn every_written_tile_is_found(
            picked in proptest::collection::btree_map(0u64..60_000, 0u8..4, 1..3000)
        ) {
            let tiles: Vec<_> = picked.iter().map(|(&at, &value)| stored(9, at, value)).collect();
            let mut file = Cursor::new(Vec::new());
            let written = write(&mut file, &content(), &tiles).unwrap();
            let bytes = file.into_inner();
            let index = read(&bytes);
            prop_assert!(index.header().is_clustered);
            prop_assert_eq!(index.tile_count(), written.tiles);
            prop_assert_eq!(index.entries().len(), written.hashes.len());
            for tile in &tiles {
                let Lookup::Found { bytes: range, entry } = index.find(tile.coord) else {
                    panic!("{} is missing", tile.coord)
                };
                let found = &bytes[range.start as usize..range.end as usize];
                prop_assert_eq!(found, &tile.bytes[..]);
                prop_assert_eq!(written.hashes[entry], tile.hash);
            }
            let absent = (0..60_000).find(|at| !picked.contains_key(at)).unwrap();
            prop_assert_eq!(index.find(TileCoord::at(9, absent)), Lookup::Empty);
        }

        #[test]
        fn a_damaged_archive_is_an_error_and_not_a_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
            let tiles: Vec<_> = (0..50).map(|at| stored(9, at * 3, at as u8)).collect();
            let mut file = Cursor::new(Vec::new());
            write(&mut file, &content(), &tiles).unwrap();
            let mut bytes = file.into_inner();
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut);
            if let Ok(header) = Header::parse(&bytes, bytes.len() as u64) {
                let part =
                    |range: &std::ops::Range<u64>| &bytes[range.start as usize..range.end as usize];
                let (root, leaves) = (part(&header.root), part(&header.leaves));
                if let Ok(index) = ArchiveIndex::parse(header.clone(), root, leaves) {
                    for entry in index.entries() {
                        prop_assert!(index.file_range(entry).end <= bytes.len() as u64);
                    }
                }
            }
        }
    }

    #[test]
    fn tiles_out_of_order_are_rejected() {
        let tiles = [stored(9, 5, 0), stored(9, 4, 0)];
        let result = write(Cursor::new(Vec::new()), &content(), &tiles);
        assert!(matches!(result, Err(WriteError::OutOfOrder { coord }) if coord == tiles[1].coord));
    }

    #[test]
    fn the_same_tiles_give_the_same_bytes() {
        let tiles: Vec<_> = (0..5000).map(|at| stored(9, at, (at % 7) as u8)).collect();
        let once = || {
            let mut file = Cursor::new(Vec::new());
            write(&mut file, &content(), &tiles).unwrap();
            file.into_inner()
        };
        assert_eq!(once(), once());
    }
}
