//! Archives: one PMTiles file, checked when it is opened, in memory, in the disk cache or in the store.

mod error;
mod location;
mod opened;
mod reader;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::header::HeaderValue;
use serde_json::{Map, Value};
use tilecore::archive::{Header, Lookup, MAX_TILE_BYTES, gunzip};
use tilecore::manifest::LayerEntry;
use tilecore::{ArchiveDigest, TileCoord, TileHash};

pub use self::error::ArchiveError;
pub use self::location::TileLocation;
use self::opened::{OpenedArchive, read_header};
use self::reader::{ArchiveReader, Backing};
use crate::storage::blocking::run_blocking;
use crate::storage::disk_cache::DiskCache;
use crate::storage::store::{ObjectVersion, Store, StoreError};

/// Maximum length of the root directory, the leaf directories, the metadata or the list of hashes.
const MAX_SECTION_BYTES: u64 = 256 << 20;

/// Bytes of the first read of an archive that stays in the store. They contain the header and the
/// root directory (PMTiles v3, section 3).
const HEADER_READ_BYTES: u64 = 16 << 10;

/// An archive whose directories, metadata and hashes were read and checked.
#[derive(Clone, Debug)]
pub struct Archive {
    digest: ArchiveDigest,
    /// Shared with copies of this archive in other storage tiers.
    opened: Arc<OpenedArchive>,
    bytes: Backing,
}

/// Where the bytes of an open archive are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageTier {
    /// In memory, whole.
    Memory,
    /// In the disk cache, whole.
    Disk,
    /// In the store; tiles are read when they are requested.
    Store,
}

impl StorageTier {
    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Store => "store",
        }
    }
}

impl Archive {
    /// Opens the archive of a manifest's entry and checks it. Length, header, directories, metadata
    /// and hashes are always checked, the digest when the whole archive is read. The hash of each
    /// tile is checked now if the archive is in memory, otherwise when the tile is read.
    pub async fn open(
        store: &Store,
        disk: Option<&DiskCache>,
        entry: &LayerEntry,
        tier: StorageTier,
    ) -> Result<Self, ArchiveError> {
        let key = entry.archive_key();
        let failed = |source| ArchiveError::Store { key: key.clone(), source };
        let found = store.head(&key).await.map_err(failed)?;
        let length = found.length;
        if length != entry.bytes {
            return Err(ArchiveError::Length { key, expected: entry.bytes, found: length });
        }
        let object_version = found.object_version;
        let hashes = store.read(&entry.hashes_key(), MAX_SECTION_BYTES).await.map_err(failed)?;
        let backing = match (tier, disk) {
            (StorageTier::Memory, _) => {
                let bytes = store.read(&key, length).await.map_err(failed)?;
                let digest = entry.digest;
                // Hashing some hundred megabytes takes a second; requests do not wait for it.
                let check = move || Self::from_bytes(key, digest, bytes, &hashes, object_version);
                return run_blocking(check).await;
            }
            (StorageTier::Disk, Some(disk)) => match disk.fetch(store, entry).await {
                Ok(file) => Backing::Disk(Arc::new(file)),
                Err(error) => {
                    error.warn();
                    Backing::Store
                }
            },
            (StorageTier::Disk, None) | (StorageTier::Store, _) => Backing::Store,
        };
        let reader = ArchiveReader {
            key: &key,
            store,
            object_version: object_version.as_ref(),
            backing: &backing,
        };
        let beginning = reader.read(0..HEADER_READ_BYTES.min(length)).await?;
        let header = read_header(&key, &beginning, length)?;
        let mut sections = [Bytes::new(), Bytes::new(), Bytes::new()];
        let ranges = [&header.root, &header.leaves, &header.metadata];
        for (section, range) in sections.iter_mut().zip(ranges) {
            let bytes = range.end - range.start;
            if bytes > MAX_SECTION_BYTES {
                let limit = MAX_SECTION_BYTES;
                let too_long = StoreError::TooLong { key: key.clone(), bytes, limit };
                return Err(ArchiveError::Store { key, source: too_long });
            }
            *section = if range.is_empty() {
                Bytes::new()
            } else if range.end <= beginning.len() as u64 {
                beginning.slice(range.start as usize..range.end as usize)
            } else {
                reader.read(range.clone()).await?
            };
        }
        let sections = sections.each_ref().map(|section| &section[..]);
        let opened = OpenedArchive::new(
            key,
            header,
            sections,
            &hashes,
            &beginning,
            (length, object_version),
        )?;
        let archive = Self { digest: entry.digest, opened: Arc::new(opened), bytes: backing };
        archive.check_ends(store).await?;
        Ok(archive)
    }

    /// Reads the first and the last tile, which shows whether the archive was cut or zero-filled.
    async fn check_ends(&self, store: &Store) -> Result<(), ArchiveError> {
        for entry in [self.opened.index.entries().len().checked_sub(1), Some(0)] {
            if let Some(tile) = entry.and_then(|entry| self.opened.tile(entry)) {
                self.read_verified_tile(store, &tile).await?;
            }
        }
        Ok(())
    }

    /// An archive in memory; all of it is checked.
    fn from_bytes(
        key: String,
        digest: ArchiveDigest,
        bytes: Bytes,
        hashes: &[u8],
        object_version: Option<ObjectVersion>,
    ) -> Result<Self, ArchiveError> {
        let length = bytes.len() as u64;
        let header = read_header(&key, &bytes, length)?;
        let part = |range: &Range<u64>| &bytes[range.start as usize..range.end as usize];
        let sections = [part(&header.root), part(&header.leaves), part(&header.metadata)];
        let beginning = &bytes[..bytes.len().min(HEADER_READ_BYTES as usize)];
        let opened = OpenedArchive::new(
            key,
            header.clone(),
            sections,
            hashes,
            beginning,
            (length, object_version),
        )?;
        let found = ArchiveDigest::of(&bytes);
        if found != digest {
            return Err(ArchiveError::Digest { key: opened.key, found });
        }
        for (at, entry) in opened.index.entries().iter().enumerate() {
            if TileHash::of(part(&opened.index.file_range(entry))) != opened.hashes[at] {
                return Err(ArchiveError::Tile { key: opened.key, entry: at as u32 });
            }
        }
        Ok(Self { digest, opened: Arc::new(opened), bytes: Backing::Memory(bytes) })
    }

    /// Digest of its bytes.
    #[must_use]
    pub const fn digest(&self) -> ArchiveDigest {
        self.digest
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.opened.index.header()
    }

    /// Its metadata.
    #[must_use]
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.opened.metadata
    }

    /// Names of the layers in its tiles.
    pub fn layer_names(&self) -> impl Iterator<Item = &str> {
        let layers = self.metadata().get("vector_layers").and_then(Value::as_array);
        layers.into_iter().flatten().filter_map(|layer| layer.get("id")?.as_str())
    }

    /// Where its bytes are.
    #[must_use]
    pub const fn tier(&self) -> StorageTier {
        match self.bytes {
            Backing::Memory(_) => StorageTier::Memory,
            Backing::Disk(_) => StorageTier::Disk,
            Backing::Store => StorageTier::Store,
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.opened.length
    }

    /// The same archive, read from the store.
    #[must_use]
    pub fn backed_by_store(&self) -> Self {
        Self { bytes: Backing::Store, ..self.clone() }
    }

    /// Whether tiles of this zoom belong to the archive.
    #[must_use]
    pub fn has_zoom(&self, z: u8) -> bool {
        (self.header().minzoom..=self.header().maxzoom).contains(&z)
    }

    /// The tile at an address, if the archive has one. Nothing is read.
    #[must_use]
    pub fn find(&self, coord: TileCoord) -> Option<TileLocation> {
        match self.opened.index.find(coord) {
            Lookup::Found { entry, .. } => self.opened.tile(entry),
            Lookup::Empty => None,
        }
    }

    /// The stored bytes of a tile, if the archive is in memory.
    #[must_use]
    pub fn resident_tile(&self, tile: &TileLocation) -> Option<Bytes> {
        self.resident_part(tile.bytes.clone())
    }

    /// A part of the archive, if it is in memory.
    #[must_use]
    pub fn resident_part(&self, part: Range<u64>) -> Option<Bytes> {
        match &self.bytes {
            Backing::Memory(all) => Some(all.slice(part.start as usize..part.end as usize)),
            Backing::Disk(_) | Backing::Store => None,
        }
    }

    /// The strong ETag of the whole archive: its digest.
    #[must_use]
    pub fn etag(&self) -> HeaderValue {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.digest));
        tag.unwrap_or_else(|_| HeaderValue::from_static("\"\""))
    }

    /// A tile's plain bytes from its stored ones.
    pub fn unpack(&self, tile: &TileLocation, stored: &[u8]) -> Result<Bytes, ArchiveError> {
        let failed = |source| {
            let key = self.opened.key.clone();
            ArchiveError::Unpack { key, entry: tile.entry, source }
        };
        Ok(gunzip(stored, MAX_TILE_BYTES).map_err(failed)?.into())
    }

    /// The stored bytes of a tile, checked against their hash. An archive that turns out to be
    /// damaged is unhealthy until it is revalidated.
    pub async fn read_tile(
        &self,
        store: &Store,
        tile: &TileLocation,
    ) -> Result<Bytes, ArchiveError> {
        let read = self.read_verified_tile(store, tile).await;
        if read.as_ref().is_err_and(ArchiveError::is_damage) {
            self.opened.failed_tile.store(Some(Arc::new(tile.clone())));
        }
        read
    }

    async fn read_verified_tile(
        &self,
        store: &Store,
        tile: &TileLocation,
    ) -> Result<Bytes, ArchiveError> {
        let key = &self.opened.key;
        let read = async |backing| {
            let object_version = self.opened.object_version.load_full();
            let reader =
                ArchiveReader { key, store, object_version: object_version.as_deref(), backing };
            reader.read(tile.bytes.clone()).await
        };
        let bytes = match read(&self.bytes).await {
            // The same bytes may have been written again. The hash proves this tile; the rest is
            // revalidated later.
            Err(ArchiveError::Store { source: StoreError::Replaced { .. }, .. }) => {
                let found = self.find_in_store(store).await?;
                self.opened.object_version.store(found.map(Arc::new));
                read(&Backing::Store).await?
            }
            // If the disk fails, the tile is read from the store.
            Err(ArchiveError::Disk { .. }) => read(&Backing::Store).await?,
            read => read?,
        };
        if TileHash::of(&bytes) == tile.hash {
            Ok(bytes)
        } else {
            Err(ArchiveError::Tile { key: key.clone(), entry: tile.entry })
        }
    }

    /// A part of the archive as it is stored. It is not checked, because there are no hashes of parts.
    pub async fn read_part(&self, store: &Store, part: Range<u64>) -> Result<Bytes, ArchiveError> {
        let OpenedArchive { key, object_version, .. } = &*self.opened;
        let object_version = object_version.load_full();
        let reader = ArchiveReader {
            key,
            store,
            object_version: object_version.as_deref(),
            backing: &self.bytes,
        };
        reader.read(part).await
    }

    /// The object version that the store has now, if its length is right.
    async fn find_in_store(&self, store: &Store) -> Result<Option<ObjectVersion>, ArchiveError> {
        let OpenedArchive { key, length: expected, .. } = &*self.opened;
        let found = store.head(key).await;
        let found = found.map_err(|source| ArchiveError::Store { key: key.clone(), source })?;
        if found.length != *expected {
            let (key, expected, found) = (key.clone(), *expected, found.length);
            return Err(ArchiveError::Length { key, expected, found });
        }
        Ok(found.object_version)
    }

    /// Whether its last reads succeeded and came from a validated object version.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let OpenedArchive { failed_tile, object_version, validated_version, .. } = &*self.opened;
        failed_tile.load().is_none() && *object_version.load() == *validated_version.load()
    }

    /// Checks what the store has under its key now: length, beginning, first and last tile, and the
    /// tile whose read failed, if one did. The archive is healthy again if all of them are right.
    pub async fn revalidate(&self, store: &Store) -> Result<(), ArchiveError> {
        let OpenedArchive {
            key,
            length,
            beginning_hash,
            object_version,
            validated_version,
            failed_tile,
            ..
        } = &*self.opened;
        let found = self.find_in_store(store).await?.map(Arc::new);
        let reader = ArchiveReader {
            key,
            store,
            object_version: found.as_deref(),
            backing: &Backing::Store,
        };
        if TileHash::of(&reader.read(0..HEADER_READ_BYTES.min(*length)).await?) != *beginning_hash {
            return Err(ArchiveError::Changed { key: key.clone() });
        }
        object_version.store(found.clone());
        let in_store = self.backed_by_store();
        in_store.check_ends(store).await?;
        if let Some(tile) = failed_tile.load_full() {
            in_store.read_verified_tile(store, &tile).await?;
        }
        failed_tile.store(None);
        validated_version.store(found);
        Ok(())
    }

    /// Key of the archive in the store.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.opened.key
    }
}
