//! Where an archive holds a tile.

use std::ops::Range;

use tilecore::TileHash;

/// A tile that an archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileLocation {
    /// Place of its entry in directory order.
    pub entry: u32,
    /// Bytes of the archive that it takes.
    pub(super) bytes: Range<u64>,
    /// Hash of its stored bytes.
    pub hash: TileHash,
}
