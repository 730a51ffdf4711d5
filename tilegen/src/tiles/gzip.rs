//! The gzip encoder for stored tiles and tables.

use libdeflater::{CompressionLvl, Compressor};
use tilecore::archive::StoredTile;
use tilecore::{TileCoord, TileHash};

/// Gzip level. Above 6, libdeflate needs much more time for little gain: `docs/decisions.md` has the
/// figures.
pub const GZIP_LEVEL: i32 = 6;

/// A gzip compressor and its reusable output buffer.
pub(crate) struct GzipEncoder {
    compressor: Compressor,
    buffer: Vec<u8>,
}

impl GzipEncoder {
    pub(crate) fn new() -> Self {
        let level = CompressionLvl::new(GZIP_LEVEL).unwrap_or_default();
        Self { compressor: Compressor::new(level), buffer: Vec::new() }
    }

    /// Compresses the tile at `coord` and hashes the result.
    pub(crate) fn encode_tile(&mut self, coord: TileCoord, plain: &[u8]) -> StoredTile {
        let bytes = self.compress(plain);
        StoredTile { coord, hash: TileHash::of(&bytes), bytes }
    }

    /// Compresses bytes.
    pub(crate) fn compress(&mut self, plain: &[u8]) -> Vec<u8> {
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
