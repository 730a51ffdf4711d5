//! The compression level of stored tiles and tables.

use tilecore::archive::GzipEncoder;

/// Gzip level. Above 6, libdeflate needs much more time for little gain: `docs/decisions/tiles.md` has the
/// figures.
pub const GZIP_LEVEL: i32 = 6;

/// An encoder of stored tiles and tables.
pub(crate) fn gzip_encoder() -> GzipEncoder {
    GzipEncoder::new(GZIP_LEVEL)
}
