//! The index of an archive: all its directories, checked and flattened into one sorted list.

use std::ops::Range;

use super::directory::{self, DirectoryError, Entry};
use super::gzip::{GzipError, gunzip};
use super::header::{Compression, Header};
use crate::coord::{TileCoord, TileId};

/// Most bytes that a directory may unpack to. A leaf of the writers in use has some 10⁵; a root
/// fits 16 KiB packed.
const MAX_DIRECTORY: usize = 64 << 20;

/// Most bytes that metadata may unpack to.
const MAX_METADATA: usize = 16 << 20;

/// Where every tile of an archive lies.
#[derive(Clone, Debug)]
pub struct ArchiveIndex {
    header: Header,
    entries: Vec<Entry>,
    /// The tile id of every [`LEAF_BLOCK`]th entry, above it every [`NODE_BLOCK`]th of these, and so on up to
    /// one stride. A search reads one stride of each, side by side in memory, then one stretch of
    /// entries: only these are so many that they do not stay in the nearest caches.
    levels: Vec<Vec<u64>>,
}

/// Entries that are read to find one among them: they lie in two lines of a processor's cache.
const LEAF_BLOCK: usize = 4;

/// Ids of the guide that are read to find one among them: two such lines.
const NODE_BLOCK: usize = 16;

/// The answer for one tile address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The tile's stored bytes lie here in the file; `entry` is its place in directory order.
    Found {
        /// Bytes of the file.
        bytes: Range<u64>,
        /// Place in directory order, which is also the place of its hash.
        entry: usize,
    },
    /// The archive has no such tile.
    Empty,
}

/// Why an archive's directories cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// A directory or the metadata could not be unpacked.
    #[error("a directory could not be unpacked")]
    Gzip(#[from] GzipError),
    /// A directory is malformed.
    #[error("a directory is malformed")]
    Directory(#[from] DirectoryError),
    /// An entry points outside its section.
    #[error("the entry of tile {tile_id} points outside its section")]
    OutOfBounds {
        /// First tile of the entry.
        tile_id: u64,
    },
    /// A leaf inside a leaf, which the standard allows and no writer in use makes.
    #[error("the leaf directory of tile {tile_id} points to another leaf")]
    Nested {
        /// First tile of the entry.
        tile_id: u64,
    },
    /// Two entries claim one tile.
    #[error("tile {tile_id} is claimed by two entries")]
    Overlap {
        /// The tile claimed twice.
        tile_id: u64,
    },
    /// A tile outside the zooms that the header promises.
    #[error("tile {tile_id} lies outside the archive's zooms")]
    Zoom {
        /// The tile.
        tile_id: u64,
    },
    /// The header counts other entries than there are.
    #[error("the header counts {declared} entries, the directories hold {found}")]
    Count {
        /// Entries by the header.
        declared: u64,
        /// Entries found.
        found: u64,
    },
}

impl ArchiveIndex {
    /// Reads the root directory and the whole leaf section, both as they are stored.
    pub fn parse(header: Header, root: &[u8], leaves: &[u8]) -> Result<Self, IndexError> {
        let mut entries = Vec::new();
        for entry in parse_directory(&header, root)? {
            if entry.run_length > 0 {
                entries.push(entry);
                continue;
            }
            let outside = IndexError::OutOfBounds { tile_id: entry.tile_id };
            let range = inside(&entry, leaves.len() as u64).ok_or(outside)?;
            let leaf = &leaves[range.start as usize..range.end as usize];
            for tile in parse_directory(&header, leaf)? {
                if tile.run_length == 0 {
                    return Err(IndexError::Nested { tile_id: tile.tile_id });
                }
                entries.push(tile);
            }
        }
        let lowest = entries.iter().step_by(LEAF_BLOCK).map(|entry| entry.tile_id);
        let mut levels = vec![lowest.collect::<Vec<_>>()];
        while let Some(lower) = levels.last().filter(|lower| lower.len() > NODE_BLOCK) {
            levels.push(lower.iter().copied().step_by(NODE_BLOCK).collect());
        }
        let index = Self { header, entries, levels };
        index.check()?;
        Ok(index)
    }

    fn check(&self) -> Result<(), IndexError> {
        let tiles_len = self.header.tiles.end - self.header.tiles.start;
        let first = TileId::first_of_zoom(self.header.minzoom).get();
        let past = TileId::first_of_zoom(self.header.maxzoom + 1).get();
        let mut next = first;
        for entry in &self.entries {
            let tile_id = entry.tile_id;
            if tile_id < first {
                return Err(IndexError::Zoom { tile_id });
            }
            if tile_id < next {
                return Err(IndexError::Overlap { tile_id });
            }
            next = tile_id
                .checked_add(u64::from(entry.run_length))
                .filter(|&next| next <= past)
                .ok_or(IndexError::Zoom { tile_id })?;
            inside(entry, tiles_len).ok_or(IndexError::OutOfBounds { tile_id })?;
        }
        let (declared, found) = (self.header.tile_entries, self.entries.len() as u64);
        if declared != 0 && declared != found { Err(IndexError::Count { declared, found }) } else { Ok(()) }
    }

    /// The archive's header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// All entries that hold tiles, by rising tile id.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Tiles that can be asked for.
    #[must_use]
    pub fn tile_count(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.run_length)).sum()
    }

    /// Where the tile at `coord` lies.
    #[must_use]
    pub fn find(&self, coord: TileCoord) -> Lookup {
        let id = TileId::from(coord).get();
        let mut at = 0;
        for ids in self.levels.iter().rev() {
            match last_up_to(id, ids, at * NODE_BLOCK, NODE_BLOCK, |&first| first) {
                Some(last) => at = last,
                None => return Lookup::Empty,
            }
        }
        let first_of = |entry: &Entry| entry.tile_id;
        let Some(entry) = last_up_to(id, &self.entries, at * LEAF_BLOCK, LEAF_BLOCK, first_of) else {
            return Lookup::Empty;
        };
        let found = self.entries[entry];
        if id - found.tile_id < u64::from(found.run_length) {
            Lookup::Found { bytes: self.file_range(&found), entry }
        } else {
            Lookup::Empty
        }
    }

    /// Where an entry's bytes lie in the file.
    #[must_use]
    pub fn file_range(&self, entry: &Entry) -> Range<u64> {
        let start = self.header.tiles.start + entry.offset;
        start..start + u64::from(entry.length)
    }
}

impl Header {
    /// Unpacks the metadata, given as it is stored.
    pub fn unpack_metadata(&self, stored: &[u8]) -> Result<Vec<u8>, GzipError> {
        unpack(self, stored, MAX_METADATA)
    }
}

fn parse_directory(header: &Header, stored: &[u8]) -> Result<Vec<Entry>, IndexError> {
    Ok(directory::parse(&unpack(header, stored, MAX_DIRECTORY)?)?)
}

fn unpack(header: &Header, stored: &[u8], limit: usize) -> Result<Vec<u8>, GzipError> {
    match header.internal_compression {
        Compression::None => Ok(stored.to_vec()),
        Compression::Gzip => gunzip(stored, limit),
    }
}

/// Place of the last of `count` items from `begin` on whose first tile is not behind `id`.
fn last_up_to<T>(
    id: u64,
    items: &[T],
    begin: usize,
    count: usize,
    first_of: impl Fn(&T) -> u64,
) -> Option<usize> {
    let stretch = &items[begin..items.len().min(begin + count)];
    // Counting needs no branch that waits for memory.
    let up_to = stretch.iter().filter(|item| first_of(item) <= id).count();
    (begin + up_to).checked_sub(1)
}

fn inside(entry: &Entry, section_len: u64) -> Option<Range<u64>> {
    let end = entry.offset.checked_add(u64::from(entry.length))?;
    (end <= section_len).then_some(entry.offset..end)
}
