//! Why an archive does not pass verification.

use tilecore::TileCoord;
use tilecore::archive::{GzipError, HeaderError, IndexError};
use tilecore::mvt::DecodeError;

use super::totals::ZoomTotals;
use crate::tiles::feature_tile::DrawnTotals;

/// Why an archive is not to be believed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The header is wrong.
    #[error("the header is wrong")]
    Header(#[from] HeaderError),
    /// The directories are wrong.
    #[error("the directories are wrong")]
    Index(#[from] IndexError),
    /// The metadata cannot be unpacked.
    #[error("the metadata cannot be unpacked")]
    Metadata(#[from] GzipError),
    /// The metadata are not what an archive of ours has.
    #[error("the metadata are not those of an archive of this map")]
    MetadataForm(#[from] serde_json::Error),
    /// The archive does not claim to be clustered, or its tiles do not lie in order.
    #[error("tiles do not lie in the order of their ids")]
    NotClustered,
    /// The header counts something else than there is.
    #[error("the header counts {said} {what}, there are {found}")]
    HeaderCount {
        /// What is counted.
        what: &'static str,
        /// By the header.
        said: u64,
        /// Found.
        found: u64,
    },
    /// The list of hashes belongs to another archive.
    #[error("there are {hashes} hashes for {entries} directory entries")]
    HashCount {
        /// Hashes.
        hashes: usize,
        /// Entries.
        entries: usize,
    },
    /// A tile's bytes are not those that were hashed.
    #[error("tile {coord} does not have the hash on record")]
    Hash {
        /// The tile.
        coord: TileCoord,
    },
    /// A tile cannot be unpacked.
    #[error("tile {coord} cannot be unpacked")]
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
    /// A tile is not one of its layer, or contradicts itself.
    #[error("tile {coord} is wrong: {fault}")]
    Content {
        /// The tile.
        coord: TileCoord,
        /// What is wrong.
        fault: &'static str,
    },
    /// The tiles of a zoom do not add up to what the metadata say.
    #[error("zoom {zoom} adds up to {found:?}, the metadata say {said:?}")]
    Totals {
        /// The zoom.
        zoom: u8,
        /// By the metadata.
        said: ZoomTotals,
        /// By the tiles.
        found: ZoomTotals,
    },
    /// The tiles of a zoom do not hold what the metadata say.
    #[error("zoom {zoom} holds {found:?}, the metadata say {said:?}")]
    DrawnTotals {
        /// The zoom.
        zoom: u8,
        /// By the metadata.
        said: DrawnTotals,
        /// By the tiles.
        found: DrawnTotals,
    },
    /// A cell and its children contradict each other.
    #[error("cell {key} of zoom {zoom} and its children contradict each other")]
    Family {
        /// Zoom of the parent.
        zoom: u8,
        /// Parent's key.
        key: u64,
    },
}
