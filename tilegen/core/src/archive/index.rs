//! The index of an archive: all directories, validated and flattened into one sorted list.

use std::ops::Range;

use super::directory::{self, DirectoryError, Entry, MAX_ENTRY_BYTES};
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
    ///
    /// # Errors
    ///
    /// Fails if a directory is damaged or malformed, or if the directories contradict each other or
    /// the header.
    pub fn parse(header: Header, root: &[u8], leaves: &[u8]) -> Result<Self, IndexError> {
        Self::parse_at_most(header, root, leaves, u64::MAX)
    }

    /// Parses the directories of an archive that has at most `most` entries. It decompresses and allocates
    /// nothing for further entries, even if the directories declare them, and checks each entry before it
    /// reads the next directory.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::parse`], and if there are more entries.
    pub fn parse_at_most(
        header: Header,
        root: &[u8],
        leaves: &[u8],
        most: u64,
    ) -> Result<Self, IndexError> {
        let declared = header.tile_entries;
        let most = if declared == 0 { most } else { most.min(declared) };
        let mut list = EntryList::new(&header);
        for entry in parse_directory(&header, root, most)? {
            if entry.run_length > 0 {
                list.push(entry)?;
                continue;
            }
            let outside = IndexError::OutOfBounds { tile_id: entry.tile_id };
            let range = inside(&entry, leaves.len() as u64).ok_or(outside)?;
            let leaf = &leaves[range.start as usize..range.end as usize];
            for tile in parse_directory(&header, leaf, most.saturating_sub(list.len()))? {
                if tile.run_length == 0 {
                    return Err(IndexError::Nested { tile_id: tile.tile_id });
                }
                list.push(tile)?;
            }
        }
        let found = list.len();
        if declared != 0 && declared != found {
            return Err(IndexError::Count { declared, found });
        }
        let entries = list.entries;
        let lowest = entries.iter().step_by(LEAF_BLOCK).map(|entry| entry.tile_id);
        let mut levels = vec![lowest.collect::<Vec<_>>()];
        while let Some(lower) = levels.last().filter(|lower| lower.len() > NODE_BLOCK) {
            levels.push(lower.iter().copied().step_by(NODE_BLOCK).collect());
        }
        Ok(Self { header, entries, levels })
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

/// Entries of tiles, checked as they are added.
struct EntryList {
    entries: Vec<Entry>,
    /// First tile that the next entry may have.
    next: u64,
    /// First and last-plus-one tile of the archive's zooms.
    zooms: Range<u64>,
    tiles_len: u64,
}

impl EntryList {
    fn new(header: &Header) -> Self {
        let first = TileId::first_of_zoom(header.minzoom).get();
        let past = TileId::first_of_zoom(header.maxzoom + 1).get();
        let tiles_len = header.tiles.end - header.tiles.start;
        Self { entries: Vec::new(), next: first, zooms: first..past, tiles_len }
    }

    const fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    fn push(&mut self, entry: Entry) -> Result<(), IndexError> {
        let tile_id = entry.tile_id;
        if tile_id < self.zooms.start {
            return Err(IndexError::Zoom { tile_id });
        }
        if tile_id < self.next {
            return Err(IndexError::Overlap { tile_id });
        }
        self.next = tile_id
            .checked_add(u64::from(entry.run_length))
            .filter(|&next| next <= self.zooms.end)
            .ok_or(IndexError::Zoom { tile_id })?;
        inside(&entry, self.tiles_len).ok_or(IndexError::OutOfBounds { tile_id })?;
        self.entries.push(entry);
        Ok(())
    }
}

fn parse_directory(header: &Header, stored: &[u8], most: u64) -> Result<Vec<Entry>, IndexError> {
    // The number of entries, and the entries.
    let longest = most.saturating_add(1).saturating_mul(MAX_ENTRY_BYTES);
    let limit = usize::try_from(longest).unwrap_or(usize::MAX).min(MAX_DIRECTORY);
    Ok(directory::parse(&unpack(header, stored, limit)?, most)?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{GzipEncoder, TileKind};

    /// A directory that declares `count` entries of one tile each, with gzip.
    fn directory(count: u32, first_id: u8, run_length: u8) -> Vec<u8> {
        let mut plain = Vec::new();
        let mut left = count;
        while left > 0x7f {
            plain.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        plain.push(left as u8);
        let count = count as usize;
        plain.push(first_id);
        plain.resize(plain.len() + count - 1, 1);
        plain.resize(plain.len() + count, run_length);
        plain.resize(plain.len() + 2 * count, 1);
        GzipEncoder::new(9).compress(&plain)
    }

    fn header(tile_entries: u64) -> Header {
        Header {
            root: 0..0,
            metadata: 0..0,
            leaves: 0..0,
            tiles: 0..1000,
            addressed_tiles: 0,
            tile_entries,
            tile_contents: 0,
            is_clustered: false,
            internal_compression: Compression::Gzip,
            tile_compression: Compression::Gzip,
            tile_kind: TileKind::Mvt,
            minzoom: 0,
            maxzoom: 20,
            bounds: [0.0; 4],
            center: [0.0; 2],
            center_zoom: 0,
        }
    }

    #[test]
    fn directories_that_declare_too_many_entries_are_not_decompressed() {
        let huge = directory(1_000_000, 5, 1);
        assert!(huge.len() < 8192, "{}", huge.len());
        assert!(ArchiveIndex::parse(header(0), &huge, &[]).is_ok());
        let refused = ArchiveIndex::parse_at_most(header(0), &huge, &[], 300);
        assert_eq!(refused.unwrap_err(), GzipError::TooLong { limit: 301 * 40 }.into());
        // The header limits them too.
        let refused = ArchiveIndex::parse(header(300), &huge, &[]);
        assert_eq!(refused.unwrap_err(), GzipError::TooLong { limit: 301 * 40 }.into());
        // A short directory with too many entries.
        let refused = ArchiveIndex::parse_at_most(header(0), &directory(500, 5, 1), &[], 300);
        let limit = DirectoryError::Limit { entries: 500, most: 300 };
        assert_eq!(refused.unwrap_err(), limit.into());
        assert!(ArchiveIndex::parse_at_most(header(0), &directory(300, 5, 1), &[], 300).is_ok());
    }

    #[test]
    fn a_leaf_directory_that_is_used_twice_is_refused_at_its_second_use() {
        let leaf = directory(1_000_000, 5, 1);
        // Two pointers to the first byte of the section. Their lengths are one byte, which is too short.
        let short = ArchiveIndex::parse(header(0), &directory(2, 5, 0), &leaf);
        assert_eq!(short.unwrap_err(), GzipError::Damaged.into());
        let mut plain = vec![2, 5, 1, 0, 0];
        for _ in 0..2 {
            plain.extend([(leaf.len() & 0x7f) as u8 | 0x80, (leaf.len() >> 7) as u8]);
        }
        plain.extend([1, 1]);
        let root = GzipEncoder::new(9).compress(&plain);
        let twice = ArchiveIndex::parse(header(0), &root, &leaf);
        assert_eq!(twice.unwrap_err(), IndexError::Overlap { tile_id: 5 });
        // The first use leaves no room for the second.
        let limited = ArchiveIndex::parse_at_most(header(0), &root, &leaf, 1_000_000);
        assert_eq!(limited.unwrap_err(), GzipError::TooLong { limit: 40 }.into());
    }
}
