//! Directories: lists of entries, encoded column by column (PMTiles v3, section 4).

use crate::varint;

/// A run of tiles with equal content, or a pointer to a leaf directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Id of the first tile.
    pub tile_id: u64,
    /// Offset of the bytes in the section of tiles or of leaf directories.
    pub offset: u64,
    /// Length in bytes.
    pub length: u32,
    /// Number of tiles in the run; 0 = the bytes are a leaf directory.
    pub run_length: u32,
}

/// Why a directory is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Truncated, or followed by other bytes.
    #[error("the directory is truncated or has trailing bytes")]
    Truncated,
    /// It declares more entries than its length allows.
    #[error("the directory declares {entries} entries in {bytes} bytes")]
    TooMany {
        /// Declared number of entries.
        entries: u64,
        /// Length in bytes.
        bytes: usize,
    },
    /// It declares more entries than the archive can have.
    #[error("the directory declares {entries} entries, but at most {most} are left")]
    Limit {
        /// Declared number of entries.
        entries: u64,
        /// Most entries that it may have.
        most: u64,
    },
    /// Tile ids are not in ascending order, or a number is out of range.
    #[error("entry {index} of the directory is out of order or out of range")]
    OutOfOrder {
        /// Index of the entry.
        index: usize,
    },
}

/// Most bytes of an entry: four integers of LEB128.
pub(super) const MAX_ENTRY_BYTES: u64 = 40;

/// Parses a decompressed directory with at most `most` entries.
pub(super) fn parse(bytes: &[u8], most: u64) -> Result<Vec<Entry>, DirectoryError> {
    let mut rest = bytes;
    let mut next = || varint::take(&mut rest).ok_or(DirectoryError::Truncated);
    let count = next()?;
    // Each entry has at least one byte in each of the four columns.
    if count > bytes.len() as u64 / 4 {
        return Err(DirectoryError::TooMany { entries: count, bytes: bytes.len() });
    }
    if count > most {
        return Err(DirectoryError::Limit { entries: count, most });
    }
    let blank = Entry { tile_id: 0, offset: 0, length: 0, run_length: 0 };
    let mut entries = vec![blank; count as usize];
    let mut last_id = 0u64;
    for (index, entry) in entries.iter_mut().enumerate() {
        let out_of_order = DirectoryError::OutOfOrder { index };
        let step = next()?;
        if index > 0 && step == 0 {
            return Err(out_of_order);
        }
        last_id = last_id.checked_add(step).ok_or(out_of_order)?;
        entry.tile_id = last_id;
    }
    for (index, entry) in entries.iter_mut().enumerate() {
        let out_of_order = DirectoryError::OutOfOrder { index };
        entry.run_length = u32::try_from(next()?).map_err(|_| out_of_order)?;
    }
    for (index, entry) in entries.iter_mut().enumerate() {
        let out_of_order = DirectoryError::OutOfOrder { index };
        entry.length = u32::try_from(next()?).map_err(|_| out_of_order)?;
        if entry.length == 0 {
            return Err(out_of_order);
        }
    }
    for index in 0..entries.len() {
        let out_of_order = DirectoryError::OutOfOrder { index };
        // Section 4.2: 0 = directly after the previous entry, otherwise the offset plus one.
        let offset = match (next()?, index.checked_sub(1).map(|before| entries[before])) {
            (0, Some(before)) => before.offset.checked_add(u64::from(before.length)),
            (0, None) => None,
            (number, _) => Some(number - 1),
        };
        entries[index].offset = offset.ok_or(out_of_order)?;
    }
    if rest.is_empty() { Ok(entries) } else { Err(DirectoryError::Truncated) }
}
