//! Archives: one file of tiles, opened and checked before it is used, in memory or in the store.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use moka::future::Cache;
use serde_json::{Map, Value};
use tilecore::archive::{
    ArchiveIndex, Compression, GzipError, Header, HeaderError, IndexError, Lookup,
};
use tilecore::manifest::LayerEntry;
use tilecore::{ArchiveDigest, TileCoord, TileHash};

use crate::store::{Store, StoreError};

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

#[derive(Debug)]
struct Checked {
    index: ArchiveIndex,
    hashes: Vec<TileHash>,
    metadata: Map<String, Value>,
    key: String,
}

#[derive(Clone, Debug)]
enum Place {
    Memory(Bytes),
    Store,
}

/// A tile that an archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTile {
    entry: u32,
    bytes: Range<u64>,
    /// Hash of its stored bytes.
    pub hash: TileHash,
}

/// Why an archive is not used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It could not be read.
    #[error("archive {key} could not be read")]
    Store {
        /// The archive.
        key: String,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// It has another length than the manifest says.
    #[error("archive {key} has {found} bytes, the manifest says {said}")]
    Length {
        /// The archive.
        key: String,
        /// Bytes by the manifest.
        said: u64,
        /// Bytes in the store.
        found: u64,
    },
    /// Its bytes are not those that were published.
    #[error("archive {key} has the digest {found}")]
    Digest {
        /// The archive.
        key: String,
        /// Digest of the bytes in the store.
        found: ArchiveDigest,
    },
    /// It does not begin like an archive.
    #[error("archive {key} has no usable header")]
    Header {
        /// The archive.
        key: String,
        /// The cause.
        #[source]
        source: HeaderError,
    },
    /// Its directories are damaged.
    #[error("archive {key} has no usable directories")]
    Index {
        /// The archive.
        key: String,
        /// The cause.
        #[source]
        source: IndexError,
    },
    /// Its metadata is damaged.
    #[error("archive {key} has no usable metadata: {fault}")]
    Metadata {
        /// The archive.
        key: String,
        /// What is wrong.
        fault: String,
    },
    /// Its tiles are packed in a way that we do not pass on.
    #[error("archive {key} holds tiles that are not gzip")]
    Compression {
        /// The archive.
        key: String,
    },
    /// The list of hashes beside it belongs to something else.
    #[error("archive {key} has {entries} entries, its list of hashes has {bytes} bytes")]
    Hashes {
        /// The archive.
        key: String,
        /// Entries of the directories.
        entries: usize,
        /// Bytes of the list.
        bytes: usize,
    },
    /// A tile's bytes are not those that were published.
    #[error("entry {entry} of archive {key} does not have the bytes of its hash")]
    Tile {
        /// The archive.
        key: String,
        /// Place in directory order.
        entry: u32,
    },
    /// A tile could not be unpacked.
    #[error("entry {entry} of archive {key} could not be unpacked")]
    Unpack {
        /// The archive.
        key: String,
        /// Place in directory order.
        entry: u32,
        /// The cause.
        #[source]
        source: GzipError,
    },
}

/// Where an archive's bytes stay once it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    /// In memory, whole.
    Memory,
    /// In the store; tiles are read when they are asked for.
    Store,
}

impl Archive {
    /// Opens the archive of a manifest's entry and checks it: length, header, directories,
    /// metadata and hashes always; the digest and every tile's hash when the bytes are at hand,
    /// otherwise a tile's hash when it is read.
    pub async fn open(
        store: &Store,
        entry: &LayerEntry,
        residence: Residence,
    ) -> Result<Self, ArchiveError> {
        let key = entry.archive_key();
        let failed = |source| ArchiveError::Store { key: key.clone(), source };
        let found = store.length(&key).await.map_err(failed)?;
        if found != entry.bytes {
            return Err(ArchiveError::Length { key, said: entry.bytes, found });
        }
        let hashes = store.read(&entry.hashes_key(), MAX_SECTION).await.map_err(failed)?;
        match residence {
            Residence::Memory => {
                let bytes = store.read(&key, entry.bytes).await.map_err(failed)?;
                let digest = entry.digest;
                // Hashing some hundred megabytes takes a second; requests do not wait for it.
                tokio::task::spawn_blocking(move || Self::check(key, digest, bytes, &hashes))
                    .await
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
            }
            Residence::Store => {
                let head = store.read_range(&key, 0..HEAD_BYTES.min(found)).await;
                let head = head.map_err(failed)?;
                let header = read_header(&key, &head, found)?;
                let root = store.section(&key, &header.root).await?;
                let leaves = store.section(&key, &header.leaves).await?;
                let metadata = store.section(&key, &header.metadata).await?;
                let checked = Checked::new(key, header, [&root, &leaves, &metadata], &hashes)?;
                let checked = Arc::new(checked);
                Ok(Self { digest: entry.digest, checked, bytes: Place::Store })
            }
        }
    }

    fn check(
        key: String,
        digest: ArchiveDigest,
        bytes: Bytes,
        hashes: &[u8],
    ) -> Result<Self, ArchiveError> {
        let header = read_header(&key, &bytes, bytes.len() as u64)?;
        let part = |range: &Range<u64>| &bytes[range.start as usize..range.end as usize];
        let sections = [part(&header.root), part(&header.leaves), part(&header.metadata)];
        let checked = Checked::new(key, header.clone(), sections, hashes)?;
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

    /// Where its bytes are.
    #[must_use]
    pub const fn residence(&self) -> Residence {
        match self.bytes {
            Place::Memory(_) => Residence::Memory,
            Place::Store => Residence::Store,
        }
    }

    /// Bytes that it holds in memory beside its directories.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        match &self.bytes {
            Place::Memory(bytes) => bytes.len() as u64,
            Place::Store => 0,
        }
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
            Lookup::Found { bytes, entry } => {
                Some(HeldTile { entry: entry as u32, bytes, hash: self.checked.hashes[entry] })
            }
            Lookup::Empty => None,
        }
    }

    /// The stored bytes of a tile, if they are at hand.
    #[must_use]
    pub fn resident_tile(&self, tile: &HeldTile) -> Option<Bytes> {
        match &self.bytes {
            Place::Memory(all) => {
                Some(all.slice(tile.bytes.start as usize..tile.bytes.end as usize))
            }
            Place::Store => None,
        }
    }

    /// A tile's plain bytes from its stored ones.
    pub fn unpack(&self, tile: &HeldTile, stored: &[u8]) -> Result<Bytes, ArchiveError> {
        let failed = |source| {
            let key = self.checked.key.clone();
            ArchiveError::Unpack { key, entry: tile.entry, source }
        };
        Ok(tilecore::archive::gunzip(stored, MAX_TILE).map_err(failed)?.into())
    }

    async fn read_tile(&self, store: &Store, tile: &HeldTile) -> Result<Bytes, ArchiveError> {
        let key = &self.checked.key;
        let failed = |source| ArchiveError::Store { key: key.clone(), source };
        let bytes = store.read_range(key, tile.bytes.clone()).await.map_err(failed)?;
        if TileHash::of(&bytes) == tile.hash {
            Ok(bytes)
        } else {
            Err(ArchiveError::Tile { key: key.clone(), entry: tile.entry })
        }
    }
}

/// Most bytes that a tile may unpack to.
const MAX_TILE: usize = 64 << 20;

impl Checked {
    fn new(
        key: String,
        header: Header,
        [root, leaves, metadata]: [&[u8]; 3],
        hashes: &[u8],
    ) -> Result<Self, ArchiveError> {
        if header.tile_compression != Compression::Gzip {
            return Err(ArchiveError::Compression { key });
        }
        let unpacked = header.unpack_metadata(metadata).map_err(|error| error.to_string());
        let metadata = unpacked.and_then(|text| read_metadata(&text));
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(fault) => return Err(ArchiveError::Metadata { key, fault }),
        };
        let index = match ArchiveIndex::parse(header, root, leaves) {
            Ok(index) => index,
            Err(source) => return Err(ArchiveError::Index { key, source }),
        };
        let entries = index.entries().len();
        match TileHash::read_all(hashes).filter(|hashes| hashes.len() == entries) {
            Some(hashes) => Ok(Self { index, hashes, metadata, key }),
            None => Err(ArchiveError::Hashes { key, entries, bytes: hashes.len() }),
        }
    }
}

fn read_header(key: &str, head: &[u8], file_len: u64) -> Result<Header, ArchiveError> {
    Header::parse(head, file_len)
        .map_err(|source| ArchiveError::Header { key: key.to_owned(), source })
}

fn read_metadata(text: &[u8]) -> Result<Map<String, Value>, String> {
    let metadata: Map<String, Value> =
        serde_json::from_slice(text).map_err(|error| error.to_string())?;
    // PMTiles v3, section 5: vector tiles must describe their layers.
    match metadata.get("vector_layers") {
        Some(Value::Array(_)) => Ok(metadata),
        _ => Err("it has no `vector_layers`".to_owned()),
    }
}

impl Store {
    async fn section(&self, key: &str, range: &Range<u64>) -> Result<Bytes, ArchiveError> {
        let failed = |source| ArchiveError::Store { key: key.to_owned(), source };
        let bytes = range.end - range.start;
        if bytes > MAX_SECTION {
            let key = key.to_owned();
            return Err(failed(StoreError::TooLong { key, bytes, limit: MAX_SECTION }));
        }
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.read_range(key, range.clone()).await.map_err(failed)
    }
}

/// Tiles read from the store, kept by the archive's digest and the tile's place in it: the bytes
/// under a key are the same for ever, so generations cannot mix.
#[derive(Clone, Debug)]
pub struct TileCache {
    store: Store,
    tiles: Cache<(ArchiveDigest, u32), Bytes>,
}

impl TileCache {
    /// A cache of at most `capacity` bytes before a store.
    #[must_use]
    pub fn new(store: Store, capacity: u64) -> Self {
        let weight = |_: &_, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { store, tiles: Cache::builder().max_capacity(capacity).weigher(weight).build() }
    }

    /// The stored bytes of a tile. Requests for one tile at a time share one read.
    pub async fn read(
        &self,
        archive: &Archive,
        tile: &HeldTile,
    ) -> Result<Bytes, Arc<ArchiveError>> {
        let key = (archive.digest, tile.entry);
        self.tiles.try_get_with(key, archive.read_tile(&self.store, tile)).await
    }
}
