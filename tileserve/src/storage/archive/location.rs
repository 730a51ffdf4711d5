//! The location of a tile in an archive.

use std::ops::Range;

use tilecore::TileHash;

/// The location of a tile in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileLocation {
    /// Place of its entry in directory order.
    pub entry: u32,
    /// Range of its bytes in the archive.
    pub(super) bytes: Range<u64>,
    /// Hash of its stored bytes.
    pub hash: TileHash,
}

impl TileLocation {
    /// Length of its stored bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}
