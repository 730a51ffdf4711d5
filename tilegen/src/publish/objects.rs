//! Archives and tables: each is written once under its digest and read back.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tilecore::lineage::Build;
use tilecore::manifest::{
    LayerEntry, TableEntry, TableName, archive_key, hashes_key, report_key, table_key,
};
use tilecore::{ArchiveDigest, LayerSpec, Slot, TileHash, Visibility};

use super::PublishError;
use crate::publish::verify::{VerifiedArchive, verify};
use crate::store::{Store, modified};
use crate::tiles::archive::EncodedArchive;
use crate::tiles::gzip::gzip_encoder;

/// An archive that is in the store and passed verification. Only [`store_archive`] creates one.
pub struct StoredArchive {
    digest: ArchiveDigest,
    bytes: u64,
    /// Figures from verification.
    pub verified: VerifiedArchive,
}

impl StoredArchive {
    /// Digest of its bytes.
    #[must_use]
    pub const fn digest(&self) -> ArchiveDigest {
        self.digest
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its manifest entry, for data from the first to the last day, without the number of orders.
    pub(crate) fn entry(
        &self,
        layer: LayerSpec,
        slot: Slot,
        archive: &EncodedArchive,
        provenance: &Provenance,
        (from, to): (Date, Date),
    ) -> LayerEntry {
        LayerEntry {
            layer: layer.id.to_owned(),
            slot,
            visibility: layer.visibility,
            digest: self.digest,
            bytes: self.bytes,
            built_at: Timestamp::now(),
            data_at: Some(provenance.data_at),
            from,
            to,
            minzoom: layer.minzoom,
            maxzoom: layer.maxzoom,
            bounds: archive.bounds,
            tiles: archive.tiles,
            orders: 0,
            lines: Vec::new(),
            build: provenance.build.clone(),
            pinned: false,
            other: BTreeMap::new(),
        }
    }
}

/// Which data an archive or a table was built from, and by which build.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// When the newest of its data was written.
    pub data_at: Timestamp,
    /// The build, if it is known.
    pub build: Option<Build>,
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

/// Writes a table as gzip, reads it back, and returns its manifest entry.
pub fn store_table(store: &Store, table: NewTable<'_>) -> Result<TableEntry, PublishError> {
    let NewTable { name, slot, visibility, provenance, rows, json } = table;
    let stored = compress(json);
    let digest = ArchiveDigest::of(&stored);
    let key = table_key(&name, &slot, digest);
    let read_back = create_or_reuse(store, &key, &stored)?;
    let unpacked = tilecore::archive::gunzip(&read_back, json.len());
    if unpacked.as_deref() != Ok(json) {
        return Err(PublishError::ReadBack { key });
    }
    Ok(TableEntry {
        name,
        slot,
        visibility,
        digest,
        bytes: stored.len() as u64,
        built_at: Timestamp::now(),
        data_at: provenance.data_at,
        rows,
        build: provenance.build.clone(),
        pinned: false,
        other: BTreeMap::new(),
    })
}

fn compress(json: &[u8]) -> Bytes {
    Bytes::from(gzip_encoder().compress(json))
}

/// The digest of a table with this JSON document.
pub(crate) fn table_digest(json: &[u8]) -> ArchiveDigest {
    ArchiveDigest::of(&compress(json))
}

/// A table to store.
pub struct NewTable<'a> {
    /// Name.
    pub name: TableName,
    /// Slot.
    pub slot: Slot,
    /// Who may see it.
    pub visibility: Visibility,
    /// Its data and its build.
    pub provenance: &'a Provenance,
    /// Number of rows.
    pub rows: u64,
    /// The JSON document.
    pub json: &'a [u8],
}

/// Writes a private report, reads it back, and returns its digest.
pub(crate) fn store_report(
    store: &Store,
    report: &impl serde::Serialize,
) -> Result<ArchiveDigest, PublishError> {
    // Strings, numbers and maps with text keys always serialise.
    let json = Bytes::from(serde_json::to_vec_pretty(report).unwrap_or_default());
    let digest = ArchiveDigest::of(&json);
    store_by_digest(store, &report_key(digest), &json)?;
    Ok(digest)
}

/// Writes an object under a key that contains its digest, and reads it back.
pub(crate) fn store_by_digest(store: &Store, key: &str, bytes: &Bytes) -> Result<(), PublishError> {
    create_or_reuse(store, key, bytes).map(drop)
}

/// Maximum age of an existing object that is reused as it is. An older one is rewritten, so that
/// `tilegen catalog retire` does not remove it before the manifest lists it.
const MAX_REUSE_AGE: SignedDuration = SignedDuration::from_hours(1);

/// Writes an object under a key that contains its digest, and reads it back. An object that an earlier
/// build has left under the same key is reused, unless it is damaged.
fn create_or_reuse(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    match store.create_by_digest(key, bytes) {
        Ok(()) => {}
        Err(error) if error.is_already_exists() => return reuse(store, key, bytes),
        Err(error) => return Err(error.into()),
    }
    read_back(store, key, bytes)
}

fn reuse(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    let stored = read_back(store, key, bytes)?;
    if Timestamp::now().duration_since(modified(&store.head(key)?)) < MAX_REUSE_AGE {
        return Ok(stored);
    }
    store.overwrite(key, stored)?;
    read_back(store, key, bytes)
}

fn read_back(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    let stored = store.get(key)?;
    if stored == *bytes { Ok(stored) } else { Err(PublishError::ReadBack { key: key.to_owned() }) }
}

/// The first object that is not in the store or has another length than given.
pub(crate) fn first_missing(
    store: &Store,
    objects: impl Iterator<Item = (String, Option<u64>)>,
) -> Result<Option<String>, PublishError> {
    for (key, bytes) in objects {
        match store.head(&key) {
            Ok(found) if bytes.is_none_or(|bytes| bytes == found.size) => {}
            Ok(_) => return Ok(Some(key)),
            Err(error) if error.is_not_found() => return Ok(Some(key)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}
