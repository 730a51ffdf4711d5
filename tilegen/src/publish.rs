//! Publish: archives first, each written once under its digest and read back; the manifest last,
//! under a number that nobody has taken.

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::manifest::{
    City, LayerEntry, MANIFEST_FOLDER, MANIFEST_VERSION, Manifest, ManifestError, TableEntry,
    TableName, archive_key, hashes_key, manifest_key, manifest_number, table_key,
};
use tilecore::{ArchiveDigest, LayerSpec, Slot, TileHash, Visibility};

use crate::archive::EncodedArchive;
use crate::packer::Packer;
use crate::store::{Store, StoreError};
use crate::verify::{VerifiedArchive, VerifyError, verify};

/// Program and version, as manifests name it.
pub const GENERATOR: &str = concat!("tilegen ", env!("CARGO_PKG_VERSION"));

/// How often a builder tries the next number when others publish at the same time.
const MAX_TRIES: u32 = 1000;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The store refused.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// What was written is not what is read back.
    #[error(
        "{key} in the store does not hold the bytes that it is named after; remove it and build again"
    )]
    ReadBack {
        /// The object.
        key: String,
    },
    /// The archive that was read back is wrong.
    #[error("the archive {key} did not pass verification and is not published")]
    Verify {
        /// The archive.
        key: String,
        /// Cause.
        #[source]
        source: VerifyError,
    },
    /// The newest manifest cannot be read.
    #[error("the newest manifest {key} cannot be used; publish cannot go on from it")]
    Manifest {
        /// The manifest.
        key: String,
        /// Cause.
        #[source]
        source: ManifestError,
    },
    /// Other builders were faster each time.
    #[error("other builders took every number up to {number}")]
    Crowded {
        /// The last number tried.
        number: u64,
    },
}

/// An archive that lies in the store and passed verification. Only [`store_archive`] makes one.
pub struct StoredArchive {
    digest: ArchiveDigest,
    bytes: u64,
    /// What verification counted.
    pub verified: VerifiedArchive,
}

impl StoredArchive {
    /// Name of its bytes.
    #[must_use]
    pub const fn digest(&self) -> ArchiveDigest {
        self.digest
    }

    /// Its length.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What a manifest says of it, built at a moment from data of some days, without any orders.
    pub(crate) fn entry(
        &self,
        layer: LayerSpec,
        slot: Slot,
        archive: &EncodedArchive,
        built_at: Timestamp,
        (from, to): (Date, Date),
    ) -> LayerEntry {
        LayerEntry {
            layer: layer.id.to_owned(),
            slot,
            visibility: layer.visibility,
            digest: self.digest,
            bytes: self.bytes,
            built_at,
            from,
            to,
            minzoom: layer.minzoom,
            maxzoom: layer.maxzoom,
            bounds: archive.bounds,
            tiles: archive.tiles,
            orders: 0,
            lines: Vec::new(),
            pinned: false,
        }
    }
}

/// Writes an archive and its hashes, reads both back and verifies them.
pub fn store_archive(
    store: &Store,
    layer: &str,
    slot: &Slot,
    archive: &Bytes,
    hashes: &[TileHash],
) -> Result<StoredArchive, PublishError> {
    let digest = ArchiveDigest::of(archive);
    let key = archive_key(layer, slot, digest);
    let stored = create_or_reuse(store, &key, archive)?;
    let hashes = Bytes::from(TileHash::write_all(hashes));
    let hashes = create_or_reuse(store, &hashes_key(layer, slot, digest), &hashes)?;
    let verified = verify(&stored, TileHash::read_all(&hashes).as_deref())
        .map_err(|source| PublishError::Verify { key, source })?;
    Ok(StoredArchive { digest, bytes: stored.len() as u64, verified })
}

/// Writes a table as gzip and reads it back. Its digest is the entry's.
pub fn store_table(store: &Store, table: NewTable<'_>) -> Result<TableEntry, PublishError> {
    let NewTable { name, slot, visibility, data_at, rows, json } = table;
    let stored = Bytes::from(Packer::new().gzip(json));
    let digest = ArchiveDigest::of(&stored);
    let key = table_key(&name, &slot, digest);
    let read_back = create_or_reuse(store, &key, &stored)?;
    let unpacked = tilecore::archive::gunzip(&read_back, json.len());
    if unpacked.as_deref() != Ok(json) {
        return Err(PublishError::ReadBack { key });
    }
    let (bytes, built_at) = (stored.len() as u64, Timestamp::now());
    let pinned = false;
    Ok(TableEntry { name, slot, visibility, digest, bytes, built_at, data_at, rows, pinned })
}

/// A table to be stored.
pub struct NewTable<'a> {
    /// Name.
    pub name: TableName,
    /// Slot.
    pub slot: Slot,
    /// Who may see it.
    pub visibility: Visibility,
    /// When its source was written.
    pub data_at: Timestamp,
    /// Rows that it holds.
    pub rows: u64,
    /// The document.
    pub json: &'a [u8],
}

/// Writes an object whose key is made from its content, and reads it back. The same key may hold
/// only the same bytes: what an earlier build left there is used again, unless it was damaged.
fn create_or_reuse(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    match store.create(key, bytes.clone()) {
        Ok(()) => {}
        Err(error) if error.is_taken() => {}
        Err(error) => return Err(error.into()),
    }
    let stored = store.get(key)?;
    if stored == *bytes { Ok(stored) } else { Err(PublishError::ReadBack { key: key.to_owned() }) }
}

/// The newest manifest, if there is any.
pub fn newest_manifest(store: &Store) -> Result<Option<Manifest>, PublishError> {
    let listed = store.list(MANIFEST_FOLDER)?;
    let numbers = listed.iter().filter_map(|object| manifest_number(object.location.as_ref()));
    let Some(number) = numbers.max() else { return Ok(None) };
    let key = manifest_key(number);
    let bytes = store.get(&key)?;
    let parsed = Manifest::parse(number, &bytes);
    parsed.map(Some).map_err(|source| PublishError::Manifest { key, source })
}

/// Publishes stored archives and tables: all of them in one new manifest, beside whatever else the
/// newest one lists. Pinned slots stay as they are. A number that another builder took is tried
/// again, with that builder's manifest as the ground.
pub fn publish(
    store: &Store,
    cities: &[City],
    entries: &[LayerEntry],
    tables: &[TableEntry],
) -> Result<Manifest, PublishError> {
    let mut number = 0;
    for _ in 0..MAX_TRIES {
        let ground = newest_manifest(store)?;
        number = ground.as_ref().map_or(1, |ground| ground.number + 1);
        let (old, old_tables) =
            ground.map(|ground| (ground.layers, ground.tables)).unwrap_or_default();
        let manifest = Manifest {
            version: MANIFEST_VERSION,
            number,
            built_at: Timestamp::now(),
            generator: GENERATOR.to_owned(),
            cities: cities.to_vec(),
            layers: merge(old, entries),
            tables: merge(old_tables, tables),
        };
        let malformed = |source: serde_json::Error| PublishError::Manifest {
            key: manifest_key(number),
            source: source.into(),
        };
        let text = serde_json::to_string_pretty(&manifest).map_err(malformed)? + "\n";
        match store.create(&manifest_key(number), text.into()) {
            Ok(()) => return Ok(manifest),
            Err(error) if error.is_taken() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PublishError::Crowded { number })
}

/// What a manifest lists, by two names.
trait Listed: Clone {
    fn place(&self) -> (&str, &Slot);
    fn is_pinned(&self) -> bool;
}

impl Listed for LayerEntry {
    fn place(&self) -> (&str, &Slot) {
        (&self.layer, &self.slot)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

impl Listed for TableEntry {
    fn place(&self) -> (&str, &Slot) {
        (self.name.as_str(), &self.slot)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

/// The old list with the new entries in place, in the order of names and slots.
fn merge<T: Listed>(old: Vec<T>, new: &[T]) -> Vec<T> {
    let (mut merged, mut rest) = (old, Vec::new());
    for entry in new {
        match merged.iter_mut().find(|old| old.place() == entry.place()) {
            Some(old) if old.is_pinned() => {}
            Some(old) => *old = entry.clone(),
            None => rest.push(entry.clone()),
        }
    }
    merged.append(&mut rest);
    merged.sort_by(|a, b| a.place().cmp(&b.place()));
    merged
}
