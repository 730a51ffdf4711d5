//! Gzip compression, and decompression with a size limit.

use libdeflater::{CompressionLvl, Compressor, DecompressionError, Decompressor};

use super::write::StoredTile;
use crate::digest::TileHash;
use crate::grid::coord::TileCoord;

/// Maximum size of a decompressed tile in bytes. A full tile of 4,096 cells with every attribute of 256
/// lines is smaller.
pub const MAX_TILE_BYTES: usize = 64 << 20;

/// Why gzip data could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GzipError {
    /// The data are not gzip, or damaged.
    #[error("the gzip stream is damaged")]
    Damaged,
    /// The decompressed data exceed the limit.
    #[error("the gzip stream decompresses to more than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
}

/// The decompressed length that a gzip stream declares. [`gunzip`] fails if it is wrong.
#[must_use]
pub fn declared_length(packed: &[u8]) -> u32 {
    // RFC 1952, section 2.3.1: the last four bytes are the length modulo 2^32.
    packed.last_chunk().map_or(0, |&length| u32::from_le_bytes(length))
}

/// Decompresses one gzip stream to at most `limit` bytes.
///
/// ```
/// use tilecore::archive::{GzipError, gunzip};
///
/// assert_eq!(gunzip(&[0; 20], 100), Err(GzipError::Damaged));
/// ```
pub fn gunzip(packed: &[u8], limit: usize) -> Result<Vec<u8>, GzipError> {
    thread_local! {
        static DECOMPRESSOR: std::cell::RefCell<Decompressor> = Decompressor::new().into();
    }
    let declared_len = declared_length(packed) as usize;
    if declared_len > limit {
        return Err(GzipError::TooLong { limit });
    }
    let mut plain = vec![0; declared_len];
    DECOMPRESSOR.with_borrow_mut(|decompressor| {
        match decompressor.gzip_decompress(packed, &mut plain) {
            Ok(length) if length == declared_len => Ok(plain),
            Ok(_) | Err(DecompressionError::BadData | DecompressionError::InsufficientSpace) => {
                Err(GzipError::Damaged)
            }
        }
    })
}

/// A gzip compressor and its reusable output buffer.
///
/// ```
/// use tilecore::archive::{GzipEncoder, gunzip};
///
/// let compressed = GzipEncoder::new(6).compress(b"tile");
/// assert_eq!(gunzip(&compressed, 4).as_deref(), Ok(&b"tile"[..]));
/// ```
pub struct GzipEncoder {
    compressor: Compressor,
    buffer: Vec<u8>,
}

impl GzipEncoder {
    /// An encoder with a libdeflate compression level, 0 to 12. An invalid level counts as 6.
    #[must_use]
    pub fn new(level: i32) -> Self {
        let level = CompressionLvl::new(level).unwrap_or_default();
        Self { compressor: Compressor::new(level), buffer: Vec::new() }
    }

    /// Compresses the tile at `coord` and hashes the result.
    pub fn encode_tile(&mut self, coord: TileCoord, plain: &[u8]) -> StoredTile {
        let bytes = self.compress(plain);
        StoredTile { coord, hash: TileHash::of(&bytes), bytes }
    }

    /// Compresses bytes.
    ///
    /// # Panics
    ///
    /// Never: the buffer has the size that libdeflate requires.
    pub fn compress(&mut self, plain: &[u8]) -> Vec<u8> {
        let bound = self.compressor.gzip_compress_bound(plain.len());
        if self.buffer.len() < bound {
            self.buffer.resize(bound, 0);
        }
        let length = self
            .compressor
            .gzip_compress(plain, &mut self.buffer)
            .expect("libdeflate's bound is always sufficient");
        self.buffer[..length].to_vec()
    }
}
