//! Gzip compression, and decompression with a size limit.

use libdeflater::{DecompressionError, Decompressor};

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
    // RFC 1952, section 2.3.1: the last four bytes are the length modulo 2^32. The decompressor detects
    // a wrong length.
    let declared_len = packed.last_chunk().map_or(0, |&length| u32::from_le_bytes(length) as usize);
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
