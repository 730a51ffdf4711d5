//! Reads the sections of an archive: header, directories and tile bytes.

use std::ops::Range;

use rayon::prelude::*;
use tilecore::TileCoord;
use tilecore::archive::{ArchiveIndex, Entry, Header};

use super::error::VerifyError;

/// Every addressed tile with its stored bytes.
pub(super) fn stored_tiles<'a>(
    index: &'a ArchiveIndex,
    archive: &'a [u8],
) -> impl ParallelIterator<Item = (TileCoord, &'a [u8])> {
    let tiles = index.entries().par_iter();
    tiles
        .flat_map_iter(|entry| coords(entry).map(move |coord| (coord, entry)))
        .map(|(coord, entry)| (coord, slice(archive, &index.file_range(entry))))
}

/// The header and all directories of an archive, validated.
pub(crate) fn open(archive: &[u8]) -> Result<(Header, ArchiveIndex), VerifyError> {
    let header = Header::parse(archive, archive.len() as u64)?;
    let (root, leaves) = (slice(archive, &header.root), slice(archive, &header.leaves));
    let index = ArchiveIndex::parse(header.clone(), root, leaves)?;
    Ok((header, index))
}

/// The bytes of a range that is known to be inside the archive.
pub(crate) fn slice<'a>(archive: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &archive[range.start as usize..range.end as usize]
}

fn coords(entry: &Entry) -> impl Iterator<Item = TileCoord> + use<> {
    let ids = entry.tile_id..entry.tile_id + u64::from(entry.run_length);
    ids.filter_map(TileCoord::from_id)
}
