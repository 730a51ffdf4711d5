//! Archives: one file of tiles, opened and checked before it is used, in memory, on this machine's
//! disk or in the store.

mod checked;
mod error;
mod location;
mod source;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use http::header::HeaderValue;
use serde_json::{Map, Value};
use tilecore::archive::{Header, Lookup};
use tilecore::manifest::LayerEntry;
use tilecore::{ArchiveDigest, TileCoord, TileHash};

use self::checked::{Checked, read_header};
pub use self::error::ArchiveError;
pub use self::location::HeldTile;
use self::source::{Place, Source};
use crate::storage::blocking::run_blocking;
use crate::storage::disk_cache::DiskCache;
use crate::storage::store::{Store, StoreError, Writing};

/// Most bytes of one directory, leaf section, metadata or list of hashes that are read.
const MAX_SECTION: u64 = 256 << 20;

/// Bytes of the first read of an archive that stays in the store: by the standard header and root
/// directory lie within them (PMTiles v3, section 3).
const HEAD_BYTES: u64 = 16 << 10;

/// An archive whose directories, metadata and hashes were read and found right.
#[derive(Clone, Debug)]
pub struct Archive {
    digest: ArchiveDigest,
    /// Shared with the forms of this archive that keep their bytes elsewhere.
    checked: Arc<Checked>,
    bytes: Place,
}

/// Where an archive's bytes stay once it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    /// In memory, whole.
    Memory,
    /// On this machine's disk, whole.
    Disk,
    /// In the store; tiles are read when they are asked for.
    Store,
}

impl Residence {
    /// Its name among labels.
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
    /// Opens the archive of a manifest's entry and checks it: length, header, directories,
    /// metadata and hashes always; the digest when the bytes are at hand; every tile's hash when
    /// they are in memory, otherwise when the tile is read.
    pub async fn open(
        store: &Store,
        disk: Option<&DiskCache>,
        entry: &LayerEntry,
        residence: Residence,
    ) -> Result<Self, ArchiveError> {
        let key = entry.archive_key();
        let failed = |source| ArchiveError::Store { key: key.clone(), source };
        let found = store.describe(&key).await.map_err(failed)?;
        let length = found.length;
        if length != entry.bytes {
            return Err(ArchiveError::Length { key, said: entry.bytes, found: length });
        }
        let writing = found.writing;
        let hashes = store.read(&entry.hashes_key(), MAX_SECTION).await.map_err(failed)?;
        let place = match (residence, disk) {
            (Residence::Memory, _) => {
                let bytes = store.read(&key, length).await.map_err(failed)?;
                let digest = entry.digest;
                // Hashing some hundred megabytes takes a second; requests do not wait for it.
                let check = move || Self::check(key, digest, bytes, &hashes, writing);
                return run_blocking(check).await;
            }
            (Residence::Disk, Some(disk)) => match disk.fetch(store, entry).await {
                Ok(file) => Place::Disk(Arc::new(file)),
                Err(error) => {
                    error.warn();
                    Place::Store
                }
            },
            (Residence::Disk, None) | (Residence::Store, _) => Place::Store,
        };
        let source = Source { key: &key, store, writing: writing.as_ref(), place: &place };
        let head = source.read(0..HEAD_BYTES.min(length)).await?;
        let header = read_header(&key, &head, length)?;
        let mut sections = [Bytes::new(), Bytes::new(), Bytes::new()];
        let ranges = [&header.root, &header.leaves, &header.metadata];
        for (section, range) in sections.iter_mut().zip(ranges) {
            let bytes = range.end - range.start;
            if bytes > MAX_SECTION {
                let too_long = StoreError::TooLong { key: key.clone(), bytes, limit: MAX_SECTION };
                return Err(ArchiveError::Store { key, source: too_long });
            }
            *section = if range.is_empty() {
                Bytes::new()
            } else if range.end <= head.len() as u64 {
                head.slice(range.start as usize..range.end as usize)
            } else {
                source.read(range.clone()).await?
            };
        }
        let sections = sections.each_ref().map(|section| &section[..]);
        let checked = Checked::new(key, header, sections, &hashes, &head, (length, writing))?;
        let archive = Self { digest: entry.digest, checked: Arc::new(checked), bytes: place };
        archive.check_ends(store).await?;
        Ok(archive)
    }

    /// Reads the first and the last tile: what was cut or filled with zeros shows there.
    async fn check_ends(&self, store: &Store) -> Result<(), ArchiveError> {
        for entry in [self.checked.index.entries().len().checked_sub(1), Some(0)] {
            if let Some(tile) = entry.and_then(|entry| self.checked.tile(entry)) {
                self.read_right_tile(store, &tile).await?;
            }
        }
        Ok(())
    }

    fn check(
        key: String,
        digest: ArchiveDigest,
        bytes: Bytes,
        hashes: &[u8],
        writing: Option<Writing>,
    ) -> Result<Self, ArchiveError> {
        let length = bytes.len() as u64;
        let header = read_header(&key, &bytes, length)?;
        let part = |range: &Range<u64>| &bytes[range.start as usize..range.end as usize];
        let sections = [part(&header.root), part(&header.leaves), part(&header.metadata)];
        let head = &bytes[..bytes.len().min(HEAD_BYTES as usize)];
        let checked = Checked::new(key, header.clone(), sections, hashes, head, (length, writing))?;
        let found = ArchiveDigest::of(&bytes);
        if found != digest {
            return Err(ArchiveError::Digest { key: checked.key, found });
        }
        for (at, entry) in checked.index.entries().iter().enumerate() {
            if TileHash::of(part(&checked.index.file_range(entry))) != checked.hashes[at] {
                return Err(ArchiveError::Tile { key: checked.key, entry: at as u32 });
            }
        }
        Ok(Self { digest, checked: Arc::new(checked), bytes: Place::Memory(bytes) })
    }

    /// Name of its bytes.
    #[must_use]
    pub const fn digest(&self) -> ArchiveDigest {
        self.digest
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.checked.index.header()
    }

    /// Its metadata.
    #[must_use]
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.checked.metadata
    }

    /// Names of the layers in its tiles.
    pub fn layer_names(&self) -> impl Iterator<Item = &str> {
        let layers = self.metadata().get("vector_layers").and_then(Value::as_array);
        layers.into_iter().flatten().filter_map(|layer| layer.get("id")?.as_str())
    }

    /// Where its bytes are.
    #[must_use]
    pub const fn residence(&self) -> Residence {
        match self.bytes {
            Place::Memory(_) => Residence::Memory,
            Place::Disk(_) => Residence::Disk,
            Place::Store => Residence::Store,
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.checked.length
    }

    /// The same archive, its bytes left to the store.
    #[must_use]
    pub fn without_bytes(&self) -> Self {
        Self { bytes: Place::Store, ..self.clone() }
    }

    /// Whether tiles of this zoom belong to the archive.
    #[must_use]
    pub fn has_zoom(&self, z: u8) -> bool {
        (self.header().minzoom..=self.header().maxzoom).contains(&z)
    }

    /// The tile at an address, if the archive has one. Nothing is read.
    #[must_use]
    pub fn find(&self, coord: TileCoord) -> Option<HeldTile> {
        match self.checked.index.find(coord) {
            Lookup::Found { entry, .. } => self.checked.tile(entry),
            Lookup::Empty => None,
        }
    }

    /// The stored bytes of a tile, if they are at hand.
    #[must_use]
    pub fn resident_tile(&self, tile: &HeldTile) -> Option<Bytes> {
        self.resident_part(tile.bytes.clone())
    }

    /// A part of the archive, if it is at hand.
    #[must_use]
    pub fn resident_part(&self, part: Range<u64>) -> Option<Bytes> {
        match &self.bytes {
            Place::Memory(all) => Some(all.slice(part.start as usize..part.end as usize)),
            Place::Disk(_) | Place::Store => None,
        }
    }

    /// The strong tag of the whole archive: its digest.
    #[must_use]
    pub fn etag(&self) -> HeaderValue {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.digest));
        tag.unwrap_or_else(|_| HeaderValue::from_static("\"\""))
    }

    /// A tile's plain bytes from its stored ones.
    pub fn unpack(&self, tile: &HeldTile, stored: &[u8]) -> Result<Bytes, ArchiveError> {
        let failed = |source| {
            let key = self.checked.key.clone();
            ArchiveError::Unpack { key, entry: tile.entry, source }
        };
        Ok(tilecore::archive::gunzip(stored, MAX_TILE).map_err(failed)?.into())
    }

    /// The stored bytes of a tile, compared with their hash. What is found wrong with the archive
    /// is remembered until it is well again.
    pub async fn read_tile(&self, store: &Store, tile: &HeldTile) -> Result<Bytes, ArchiveError> {
        let read = self.read_right_tile(store, tile).await;
        if read.as_ref().is_err_and(ArchiveError::is_damage) {
            self.checked.ailing.store(Some(Arc::new(tile.clone())));
        }
        read
    }

    async fn read_right_tile(&self, store: &Store, tile: &HeldTile) -> Result<Bytes, ArchiveError> {
        let key = &self.checked.key;
        let read = async |place| {
            let writing = self.checked.writing.load_full();
            let source = Source { key, store, writing: writing.as_deref(), place };
            source.read(tile.bytes.clone()).await
        };
        let bytes = match read(&self.bytes).await {
            // The same bytes may have been written anew. Whether the rest is right is examined
            // later; this tile's hash tells of itself.
            Err(ArchiveError::Store { source: StoreError::Replaced { .. }, .. }) => {
                let found = self.find_again(store).await?;
                self.checked.writing.store(found.map(Arc::new));
                read(&Place::Store).await?
            }
            // A disk that fails costs time, no answer.
            Err(ArchiveError::Disk { .. }) => read(&Place::Store).await?,
            read => read?,
        };
        if TileHash::of(&bytes) == tile.hash {
            Ok(bytes)
        } else {
            Err(ArchiveError::Tile { key: key.clone(), entry: tile.entry })
        }
    }

    /// A part of the archive as it is stored, compared with nothing: it may be any part.
    pub async fn read_part(&self, store: &Store, part: Range<u64>) -> Result<Bytes, ArchiveError> {
        let Checked { key, writing, .. } = &*self.checked;
        let writing = writing.load_full();
        let source = Source { key, store, writing: writing.as_deref(), place: &self.bytes };
        source.read(part).await
    }

    /// The writing that the store has now, if its length is right.
    async fn find_again(&self, store: &Store) -> Result<Option<Writing>, ArchiveError> {
        let Checked { key, length: said, .. } = &*self.checked;
        let found = store.describe(key).await;
        let found = found.map_err(|source| ArchiveError::Store { key: key.clone(), source })?;
        if found.length != *said {
            let (key, said, found) = (key.clone(), *said, found.length);
            return Err(ArchiveError::Length { key, said, found });
        }
        Ok(found.writing)
    }

    /// Whether nothing speaks against it: its last reads were right, and the writing that they came
    /// from was examined.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let Checked { ailing, writing, examined, .. } = &*self.checked;
        ailing.load().is_none() && *writing.load() == *examined.load()
    }

    /// Looks at what the store has under its key now: length, beginning, first and last tile, and
    /// the tile that was wrong if one was. Only when all are right is the archive well again.
    pub async fn examine(&self, store: &Store) -> Result<(), ArchiveError> {
        let Checked { key, length, head, writing, examined, ailing, .. } = &*self.checked;
        let found = self.find_again(store).await?.map(Arc::new);
        let source = Source { key, store, writing: found.as_deref(), place: &Place::Store };
        if TileHash::of(&source.read(0..HEAD_BYTES.min(*length)).await?) != *head {
            return Err(ArchiveError::Changed { key: key.clone() });
        }
        writing.store(found.clone());
        let in_store = self.without_bytes();
        in_store.check_ends(store).await?;
        if let Some(tile) = ailing.load_full() {
            in_store.read_right_tile(store, &tile).await?;
        }
        ailing.store(None);
        examined.store(found);
        Ok(())
    }

    /// Key of the archive in the store.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.checked.key
    }
}

/// Most bytes that a tile may unpack to.
pub(crate) const MAX_TILE: usize = 64 << 20;
