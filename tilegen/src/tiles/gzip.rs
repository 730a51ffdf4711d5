//! Packer: gzip, as tiles and tables are stored.

use libdeflater::{CompressionLvl, Compressor};
use tilecore::archive::StoredTile;
use tilecore::{TileCoord, TileHash};

/// Gzip level. 6 is where libdeflate's curve bends: see `docs/decisions.md` for the figures.
pub const GZIP_LEVEL: i32 = 6;

/// Compresses in a room that it keeps.
pub(crate) struct Packer {
    compressor: Compressor,
    room: Vec<u8>,
}

impl Packer {
    pub(crate) fn new() -> Self {
        let level = CompressionLvl::new(GZIP_LEVEL).unwrap_or_default();
        Self { compressor: Compressor::new(level), room: Vec::new() }
    }

    /// The tile at `coord` as it will be stored.
    pub(crate) fn pack(&mut self, coord: TileCoord, plain: &[u8]) -> StoredTile {
        let bytes = self.gzip(plain);
        StoredTile { coord, hash: TileHash::of(&bytes), bytes }
    }

    /// The gzip form of any bytes.
    pub(crate) fn gzip(&mut self, plain: &[u8]) -> Vec<u8> {
        let bound = self.compressor.gzip_compress_bound(plain.len());
        if self.room.len() < bound {
            self.room.resize(bound, 0);
        }
        let length = self
            .compressor
            .gzip_compress(plain, &mut self.room)
            .expect("the bound that libdeflate names is always enough");
        self.room[..length].to_vec()
    }
}
