//! The header: the first 127 bytes of an archive (PMTiles v3, section 3).

use std::ops::Range;

/// Length of the header in bytes.
pub(super) const HEADER_LEN: usize = 127;

/// The header of an archive. All ranges are inside the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Root directory.
    pub root: Range<u64>,
    /// JSON metadata.
    pub metadata: Range<u64>,
    /// Leaf directories, all in one section.
    pub leaves: Range<u64>,
    /// Tiles, all in one section.
    pub tiles: Range<u64>,
    /// Number of addressed tiles; 0 = unknown.
    pub addressed_tiles: u64,
    /// Number of directory entries of tiles; 0 = unknown.
    pub tile_entries: u64,
    /// Number of distinct tile contents; 0 = unknown.
    pub tile_contents: u64,
    /// Whether tiles are stored in the order of their ids.
    pub is_clustered: bool,
    /// Compression of directories and metadata.
    pub internal_compression: Compression,
    /// Compression of tiles.
    pub tile_compression: Compression,
    /// Type of the tiles.
    pub tile_kind: TileKind,
    /// Shallowest zoom.
    pub minzoom: u8,
    /// Deepest zoom.
    pub maxzoom: u8,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// Longitude and latitude of the centre in degrees.
    pub center: [f64; 2],
    /// Zoom of the centre.
    pub center_zoom: u8,
}

/// A compression method. Only the methods that this project reads and writes are supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    None,
    /// Gzip.
    Gzip,
}

/// A tile type. Only the type that this project reads and writes is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// Mapbox Vector Tiles.
    Mvt,
}

/// Why a header is not valid or not supported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The file is shorter than a header.
    #[error("the file has {len} bytes, but a PMTiles header has {HEADER_LEN}")]
    TooShort {
        /// Length in bytes.
        len: usize,
    },
    /// Not a PMTiles archive, or another version of it.
    #[error("the file is not a PMTiles archive of version 3")]
    Magic,
    /// A section is not inside the file.
    #[error(
        "the {section} is at offset {offset} with {length} bytes, but the file has {file_len} bytes"
    )]
    OutOfBounds {
        /// Section's name.
        section: &'static str,
        /// Offset in bytes.
        offset: u64,
        /// Length in bytes.
        length: u64,
        /// Length of the file, in bytes.
        file_len: u64,
    },
    /// A field has an unknown or unsupported value.
    #[error("the {field} has the value {value}, which is unknown or not supported")]
    Unsupported {
        /// Field's name.
        field: &'static str,
        /// The value.
        value: u8,
    },
    /// Fields that are inconsistent, such as minzoom and maxzoom.
    #[error("the {field} are inconsistent")]
    Inconsistent {
        /// Names of the fields.
        field: &'static str,
    },
}

/// Offsets of the fields (section 3).
mod at {
    pub(super) const ROOT: usize = 8;
    pub(super) const METADATA: usize = 24;
    pub(super) const LEAVES: usize = 40;
    pub(super) const TILES: usize = 56;
    pub(super) const ADDRESSED: usize = 72;
    pub(super) const ENTRIES: usize = 80;
    pub(super) const CONTENTS: usize = 88;
    pub(super) const CLUSTERED: usize = 96;
    pub(super) const INTERNAL: usize = 97;
    pub(super) const TILE_COMPRESSION: usize = 98;
    pub(super) const TILE_TYPE: usize = 99;
    pub(super) const MINZOOM: usize = 100;
    pub(super) const MAXZOOM: usize = 101;
    pub(super) const BOUNDS: usize = 102;
    pub(super) const CENTER_ZOOM: usize = 118;
    pub(super) const CENTER: usize = 119;
}

/// Unit of coordinates in the header: 10⁻⁷ degrees (section 3.3).
const DEGREES_PER_UNIT: f64 = 1e-7;

impl Header {
    /// Parses the header of a file that is `file_len` bytes long.
    pub fn parse(bytes: &[u8], file_len: u64) -> Result<Self, HeaderError> {
        let bytes: &[u8; HEADER_LEN] =
            bytes.first_chunk().ok_or(HeaderError::TooShort { len: bytes.len() })?;
        if &bytes[..8] != b"PMTiles\x03" {
            return Err(HeaderError::Magic);
        }
        let u64_at = |at: usize| {
            bytes[at..at + 8].iter().rev().fold(0u64, |all, &byte| all << 8 | u64::from(byte))
        };
        let degrees_at = |at: usize| {
            let number = bytes[at..at + 4].iter().rev().fold(0, |all, &b| all << 8 | u32::from(b));
            f64::from(number.cast_signed()) * DEGREES_PER_UNIT
        };
        let section = |section: &'static str, at: usize| {
            let (offset, length) = (u64_at(at), u64_at(at + 8));
            match offset.checked_add(length) {
                Some(end) if end <= file_len => Ok(offset..end),
                _ => Err(HeaderError::OutOfBounds { section, offset, length, file_len }),
            }
        };
        let compression = |field: &'static str, value: u8| match value {
            1 => Ok(Compression::None),
            2 => Ok(Compression::Gzip),
            _ => Err(HeaderError::Unsupported { field, value }),
        };
        let flag = |field: &'static str, value: u8| match value {
            0 | 1 => Ok(value == 1),
            _ => Err(HeaderError::Unsupported { field, value }),
        };
        let header = Self {
            root: section("root directory", at::ROOT)?,
            metadata: section("metadata", at::METADATA)?,
            leaves: section("leaf directories", at::LEAVES)?,
            tiles: section("tile data", at::TILES)?,
            addressed_tiles: u64_at(at::ADDRESSED),
            tile_entries: u64_at(at::ENTRIES),
            tile_contents: u64_at(at::CONTENTS),
            is_clustered: flag("clustered flag", bytes[at::CLUSTERED])?,
            internal_compression: compression("internal compression", bytes[at::INTERNAL])?,
            tile_compression: compression("tile compression", bytes[at::TILE_COMPRESSION])?,
            tile_kind: match bytes[at::TILE_TYPE] {
                1 => TileKind::Mvt,
                value => return Err(HeaderError::Unsupported { field: "tile type", value }),
            },
            minzoom: bytes[at::MINZOOM],
            maxzoom: bytes[at::MAXZOOM],
            bounds: [0, 4, 8, 12].map(|offset| degrees_at(at::BOUNDS + offset)),
            center: [0, 4].map(|offset| degrees_at(at::CENTER + offset)),
            center_zoom: bytes[at::CENTER_ZOOM],
        };
        header.check()
    }

    fn check(self) -> Result<Self, HeaderError> {
        let [west, south, east, north] = self.bounds;
        if self.minzoom > self.maxzoom || self.maxzoom > crate::grid::coord::MAX_ZOOM {
            return Err(HeaderError::Inconsistent { field: "zooms" });
        }
        if west > east || south > north || self.root.is_empty() {
            return Err(HeaderError::Inconsistent { field: "bounds or the root directory" });
        }
        Ok(self)
    }
}
