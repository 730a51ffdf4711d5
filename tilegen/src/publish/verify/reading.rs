//! The parts of an archive: header, directories, and the bytes of its tiles.

use std::ops::Range;

use rayon::prelude::*;
use tilecore::archive::{ArchiveIndex, Entry, Header};
use tilecore::{TileCoord, TileId};

use super::error::VerifyError;

/// Most bytes that a tile may unpack to: a full tile of 4,096 cells with every attribute of 256
/// lines stays below.
pub(crate) const MAX_TILE: usize = 64 << 20;

/// Every tile that can be asked for, with its bytes as stored.
pub(super) fn stored_tiles<'a>(
    index: &'a ArchiveIndex,
    archive: &'a [u8],
) -> impl ParallelIterator<Item = (TileCoord, &'a [u8])> {
    let tiles = index.entries().par_iter();
    tiles
        .flat_map_iter(|entry| coords(entry).map(move |coord| (coord, entry)))
        .map(|(coord, entry)| (coord, part(archive, &index.file_range(entry))))
}

/// The header and all directories of an archive, checked.
pub(crate) fn open(archive: &[u8]) -> Result<(Header, ArchiveIndex), VerifyError> {
    let header = Header::parse(archive, archive.len() as u64)?;
    let (root, leaves) = (part(archive, &header.root), part(archive, &header.leaves));
    let index = ArchiveIndex::parse(header.clone(), root, leaves)?;
    Ok((header, index))
}

/// The bytes of a range that the header was checked to have.
pub(crate) fn part<'a>(archive: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &archive[range.start as usize..range.end as usize]
}

fn coords(entry: &Entry) -> impl Iterator<Item = TileCoord> + use<> {
    let ids = entry.tile_id..entry.tile_id + u64::from(entry.run_length);
    ids.filter_map(TileId::coord_of)
}
