//! The tile cache: tiles of archives that are not in memory.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;
use tilecore::ArchiveDigest;

use crate::archive::{Archive, ArchiveError, HeldTile};
use crate::metrics::CacheMetrics;
use crate::store::{Store, StoreError};

/// Tiles read from the store, kept by the archive's digest and the tile's place in it: the bytes
/// under a key are the same for ever, so generations cannot mix.
#[derive(Clone, Debug)]
pub struct TileCache {
    store: Store,
    tiles: Cache<(ArchiveDigest, u32), Bytes>,
    deadline: Duration,
    metrics: CacheMetrics,
}

impl TileCache {
    /// A cache of at most `capacity` bytes before a store, which has until the `deadline` for a
    /// tile.
    #[must_use]
    pub fn new(store: Store, capacity: u64, deadline: Duration, metrics: CacheMetrics) -> Self {
        let weight = |_: &_, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let evictions = metrics.evictions.clone();
        let tiles = Cache::builder()
            .max_capacity(capacity)
            .weigher(weight)
            .eviction_listener(move |_, _, _| {
                evictions.inc();
            })
            .build();
        Self { store, tiles, deadline, metrics }
    }

    /// The stored bytes of a tile. Requests for one tile at a time share one read.
    pub async fn read(
        &self,
        archive: &Archive,
        tile: &HeldTile,
    ) -> Result<Bytes, Arc<ArchiveError>> {
        let key = (archive.digest(), tile.entry);
        if let Some(stored) = self.tiles.get(&key).await {
            self.metrics.hits.inc();
            return Ok(stored);
        }
        let read = async {
            self.metrics.misses.inc();
            self.in_time(archive, archive.read_tile(&self.store, tile)).await
        };
        // Boxed, for the cache moves it about.
        Box::pin(self.tiles.try_get_with(key, Box::pin(read))).await
    }

    /// A part of an archive as it is stored, in time; it is not kept.
    pub async fn read_part(
        &self,
        archive: &Archive,
        part: Range<u64>,
    ) -> Result<Bytes, Arc<ArchiveError>> {
        Ok(self.in_time(archive, archive.read_part(&self.store, part)).await?)
    }

    async fn in_time(
        &self,
        archive: &Archive,
        read: impl Future<Output = Result<Bytes, ArchiveError>>,
    ) -> Result<Bytes, ArchiveError> {
        tokio::time::timeout(self.deadline, read).await.unwrap_or_else(|_| {
            let (key, deadline) = (archive.key().to_owned(), self.deadline);
            let late = StoreError::Late { key: key.clone(), deadline };
            Err(ArchiveError::Store { key, source: late })
        })
    }

    /// Bytes of tiles that are kept.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tiles.weighted_size()
    }
}
