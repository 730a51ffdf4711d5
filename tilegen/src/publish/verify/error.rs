//! Why an archive does not pass verification.

use tilecore::TileCoord;
use tilecore::archive::{GzipError, HeaderError, IndexError};
use tilecore::mvt::{ColumnError, DecodeError};

use super::totals::ZoomTotals;
use crate::tiles::feature_tile::FeatureTotals;

/// Why an archive does not pass verification.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The header is invalid.
    #[error("the header is invalid")]
    Header(#[from] HeaderError),
    /// The directories are invalid.
    #[error("the directories are invalid")]
    Index(#[from] IndexError),
    /// The metadata cannot be decompressed.
    #[error("the metadata cannot be decompressed")]
    Metadata(#[from] GzipError),
    /// The metadata do not have the expected form.
    #[error("the metadata do not describe a foodmap archive")]
    MetadataForm(#[from] serde_json::Error),
    /// The archive is not marked as clustered, or its tiles are not in order.
    #[error("the tiles are not stored in the order of their ids")]
    NotClustered,
    /// A count in the header is wrong.
    #[error("the header declares {declared} {what}, but there are {found}")]
    HeaderCount {
        /// What is counted.
        what: &'static str,
        /// Declared in the header.
        declared: u64,
        /// Found.
        found: u64,
    },
    /// The number of hashes does not match the archive.
    #[error("there are {hashes} hashes for {entries} directory entries")]
    HashCount {
        /// Hashes.
        hashes: usize,
        /// Entries.
        entries: usize,
    },
    /// The bytes of a tile do not match their hash.
    #[error("tile {coord} does not match its hash")]
    Hash {
        /// The tile.
        coord: TileCoord,
    },
    /// A tile cannot be decompressed.
    #[error("tile {coord} cannot be decompressed")]
    Gzip {
        /// The tile.
        coord: TileCoord,
        /// Cause.
        #[source]
        source: GzipError,
    },
    /// A tile cannot be decoded.
    #[error("tile {coord} cannot be decoded")]
    Decode {
        /// The tile.
        coord: TileCoord,
        /// Cause.
        #[source]
        source: DecodeError,
    },
    /// The columns of a tile cannot be decoded.
    #[error("the columns of tile {coord} cannot be decoded")]
    Columns {
        /// The tile.
        coord: TileCoord,
        /// Cause.
        #[source]
        source: ColumnError,
    },
    /// The contents of a tile are invalid.
    #[error("tile {coord} is invalid: {fault}")]
    Content {
        /// The tile.
        coord: TileCoord,
        /// What is wrong.
        fault: &'static str,
    },
    /// The totals of a zoom differ from the metadata.
    #[error("the tiles of zoom {zoom} add up to {found:?}, but the metadata declare {declared:?}")]
    Totals {
        /// The zoom.
        zoom: u8,
        /// Declared in the metadata.
        declared: ZoomTotals,
        /// Counted from the tiles.
        found: ZoomTotals,
    },
    /// The feature totals of a zoom differ from the metadata.
    #[error("the tiles of zoom {zoom} have {found:?}, but the metadata declare {declared:?}")]
    FeatureTotals {
        /// The zoom.
        zoom: u8,
        /// Declared in the metadata.
        declared: FeatureTotals,
        /// Counted from the tiles.
        found: FeatureTotals,
    },
    /// The counts of a cell do not match those of its children.
    #[error("the counts of cell {key} at zoom {zoom} do not match those of its children")]
    ParentMismatch {
        /// Zoom of the parent.
        zoom: u8,
        /// Parent's key.
        key: u64,
    },
}
