//! The index of an archive: all directories, validated and flattened into one sorted list.

use std::ops::Range;

use super::directory::{self, DirectoryError, Entry};
use super::gzip::{GzipError, gunzip};
use super::header::{Compression, Header};
use crate::grid::coord::{TileCoord, TileId};

/// Maximum size of a decompressed directory in bytes. Leaf directories of existing writers have about
/// 10⁵; the root directory is at most 16 KiB compressed.
const MAX_DIRECTORY: usize = 64 << 20;

/// Maximum size of decompressed metadata in bytes.
const MAX_METADATA: usize = 16 << 20;

/// The location of every tile of an archive.
#[derive(Clone, Debug)]
pub struct ArchiveIndex {
    header: Header,
    entries: Vec<Entry>,
    /// A search tree over the entries. The lowest level has the tile id of every [`LEAF_BLOCK`]th entry,
    /// and each higher level has every [`NODE_BLOCK`]th id of the level below. A search reads one block
    /// of each level, and then one block of entries. The levels are small enough for the CPU caches.
    levels: Vec<Vec<u64>>,
}

/// Number of entries in a block: two cache lines.
const LEAF_BLOCK: usize = 4;

/// Number of tile ids in a block of the search tree: two cache lines.
const NODE_BLOCK: usize = 16;

/// The result of looking up a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The archive has the tile.
    Found {
        /// Range of the tile's stored bytes in the file.
        bytes: Range<u64>,
        /// Index of the directory entry, which is also the index of the tile's hash.
        entry: usize,
    },
    /// The archive has no such tile.
    Empty,
}

/// Why an archive's directories cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// A directory could not be decompressed.
    #[error("a directory could not be decompressed")]
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
    /// A leaf directory inside a leaf directory. The standard allows it, but no known writer creates it.
    #[error("the leaf directory of tile {tile_id} points to another leaf")]
    Nested {
        /// First tile of the entry.
        tile_id: u64,
    },
    /// Two entries contain the same tile.
    #[error("tile {tile_id} is in two entries")]
    Overlap {
        /// The tile.
        tile_id: u64,
    },
    /// A tile outside the zooms in the header.
    #[error("tile {tile_id} is outside the archive's zooms")]
    Zoom {
        /// The tile.
        tile_id: u64,
    },
    /// The number of entries in the header is wrong.
    #[error("the header declares {declared} entries, but the directories have {found}")]
    Count {
        /// Number of entries in the header.
        declared: u64,
        /// Number of entries found.
        found: u64,
    },
}

impl ArchiveIndex {
    /// Parses the root directory and the whole leaf section, both as they are stored.
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
        if declared != 0 && declared != found {
            Err(IndexError::Count { declared, found })
        } else {
            Ok(())
        }
    }

    /// The archive's header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// All entries of tiles, sorted by tile id.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of addressed tiles.
    #[must_use]
    pub fn tile_count(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.run_length)).sum()
    }

    /// Looks up a tile.
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
        let Some(entry) = last_up_to(id, &self.entries, at * LEAF_BLOCK, LEAF_BLOCK, first_of)
        else {
            return Lookup::Empty;
        };
        let found = self.entries[entry];
        if id - found.tile_id < u64::from(found.run_length) {
            Lookup::Found { bytes: self.file_range(&found), entry }
        } else {
            Lookup::Empty
        }
    }

    /// The range of an entry's bytes in the file.
    #[must_use]
    pub fn file_range(&self, entry: &Entry) -> Range<u64> {
        let start = self.header.tiles.start + entry.offset;
        start..start + u64::from(entry.length)
    }
}

impl Header {
    /// Decompresses the stored metadata.
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

/// Index of the last of the `count` items from `begin` whose first tile id is not greater than `id`.
fn last_up_to<T>(
    id: u64,
    items: &[T],
    begin: usize,
    count: usize,
    first_of: impl Fn(&T) -> u64,
) -> Option<usize> {
    let block = &items[begin..items.len().min(begin + count)];
    // Counting is branchless, so it does not wait for memory.
    let up_to = block.iter().filter(|item| first_of(item) <= id).count();
    (begin + up_to).checked_sub(1)
}

fn inside(entry: &Entry, section_len: u64) -> Option<Range<u64>> {
    let end = entry.offset.checked_add(u64::from(entry.length))?;
    (end <= section_len).then_some(entry.offset..end)
}
