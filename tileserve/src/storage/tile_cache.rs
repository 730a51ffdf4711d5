//! The tile cache: recently read tiles of archives that are not in memory.

use std::num::NonZero;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;
use tilecore::archive::{GzipEncoder, MAX_TILE_BYTES};
use tilecore::{ArchiveDigest, TileHash, mvt};
use tokio::sync::Semaphore;

use crate::storage::archive::{Archive, ArchiveError, TileLocation};
use crate::storage::blocking::run_blocking;
use crate::storage::store::{Store, StoreError};
use crate::telemetry::metrics::CacheMetrics;

/// Tiles by the digest of the archive and their entry in it, and composed tiles by the hashes of their
/// parts. The bytes under a key never change, so versions of the map cannot mix.
#[derive(Clone, Debug)]
pub struct TileCache {
    store: Store,
    tiles: Cache<Key, Bytes>,
    timeout: Duration,
    metrics: CacheMetrics,
    /// Compositions that may be made at a time: each needs a core, and the memory of its plain tiles.
    composing: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Stored(ArchiveDigest, u32),
    Composed(TileHash),
}

/// Tiles to merge into one.
#[derive(Clone, Debug)]
pub struct Composition {
    tiles: Vec<(Arc<Archive>, TileLocation)>,
    hash: TileHash,
}

/// Compression level of composed tiles: fast, because a client waits.
const LEVEL: i32 = 3;

/// Name of the compression of composed tiles. It is part of their `ETag`, so it must change with the
/// compression.
const COMPRESSION: &[u8] = b"libdeflate 1, level 3";

impl Composition {
    /// A composition of at least one tile.
    #[must_use]
    pub fn new(tiles: Vec<(Arc<Archive>, TileLocation)>) -> Self {
        let hashes: Vec<TileHash> = tiles.iter().map(|(_, tile)| tile.hash).collect();
        let mut named = TileHash::write_all(&hashes);
        named.extend(COMPRESSION);
        Self { tiles, hash: TileHash::of(&named) }
    }

    /// Hash that names its bytes, known before anything is read.
    #[must_use]
    pub const fn hash(&self) -> TileHash {
        self.hash
    }

    /// Bytes of its tiles as they are stored.
    #[must_use]
    pub fn stored_length(&self) -> u64 {
        self.tiles.iter().map(|(_, tile)| tile.length()).sum()
    }

    /// Its plain bytes from its compressed ones.
    pub fn unpack(&self, packed: &[u8]) -> Result<Bytes, ArchiveError> {
        let (archive, tile) = &self.tiles[0];
        archive.unpack(tile, packed)
    }

    /// Its compressed bytes from the stored ones of its tiles.
    fn pack(&self, stored: &[Bytes]) -> Result<Bytes, ArchiveError> {
        let plain: Vec<Bytes> = self
            .tiles
            .iter()
            .zip(stored)
            .map(|((archive, tile), stored)| archive.unpack(tile, stored))
            .collect::<Result<_, _>>()?;
        let plain: Vec<&[u8]> = plain.iter().map(|plain| &plain[..]).collect();
        let keys: Vec<&str> = self.tiles.iter().map(|(archive, _)| archive.key()).collect();
        let failed = |reason: String| ArchiveError::Compose { keys: keys.join(", "), reason };
        let merged = mvt::merge(&plain).map_err(|error| failed(error.to_string()))?;
        if merged.len() > MAX_TILE_BYTES {
            return Err(failed(format!("they make {} bytes", merged.len())));
        }
        Ok(GzipEncoder::new(LEVEL).compress(&merged).into())
    }
}

impl TileCache {
    /// A cache of at most `capacity` bytes for a store. Reading a tile may take until the `timeout`.
    #[must_use]
    pub fn new(store: Store, capacity: u64, timeout: Duration, metrics: CacheMetrics) -> Self {
        let weight = |_: &_, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let evictions = metrics.evictions.clone();
        let tiles = Cache::builder()
            .max_capacity(capacity)
            .weigher(weight)
            .eviction_listener(move |_, _, _| {
                evictions.inc();
            })
            .build();
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let composing = Arc::new(Semaphore::new(cores));
        Self { store, tiles, timeout, metrics, composing }
    }

    /// The stored bytes of a tile. Concurrent requests for a tile share one read.
    pub async fn read(
        &self,
        archive: &Archive,
        tile: &TileLocation,
    ) -> Result<Bytes, Arc<ArchiveError>> {
        let key = Key::Stored(archive.digest(), tile.entry);
        if let Some(stored) = self.tiles.get(&key).await {
            self.metrics.hits.inc();
            return Ok(stored);
        }
        let read = async {
            self.metrics.misses.inc();
            self.in_time(archive, archive.read_tile(&self.store, tile)).await
        };
        // Boxed, because the cache moves it.
        Box::pin(self.tiles.try_get_with(key, Box::pin(read))).await
    }

    /// The compressed bytes of a composed tile. Concurrent requests share the work.
    pub async fn compose(&self, composition: &Composition) -> Result<Bytes, Arc<ArchiveError>> {
        let key = Key::Composed(composition.hash());
        if let Some(packed) = self.tiles.get(&key).await {
            self.metrics.hits.inc();
            return Ok(packed);
        }
        let mut stored = Vec::new();
        for (archive, tile) in &composition.tiles {
            stored.push(match archive.resident_tile(tile) {
                Some(stored) => stored,
                None => self.read(archive, tile).await?,
            });
        }
        if let [only] = &stored[..] {
            return Ok(only.clone());
        }
        let composition = composition.clone();
        let make = async {
            self.metrics.misses.inc();
            // The semaphore is never closed.
            let _permit = self.composing.acquire().await;
            // Compression takes one to ten milliseconds; other requests do not wait for it.
            run_blocking(move || composition.pack(&stored)).await
        };
        Box::pin(self.tiles.try_get_with(key, Box::pin(make))).await
    }

    /// A part of an archive as it is stored, within the timeout; it is not cached.
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
        tokio::time::timeout(self.timeout, read).await.unwrap_or_else(|_| {
            let (key, timeout) = (archive.key().to_owned(), self.timeout);
            let source = StoreError::Timeout { key: key.clone(), timeout };
            Err(ArchiveError::Store { key, source })
        })
    }

    /// Bytes of the cached tiles.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tiles.weighted_size()
    }
}
