//! Objects: archives and tables, each written once under its digest and read back.

use bytes::Bytes;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tilecore::lineage::Build;
use tilecore::manifest::{LayerEntry, TableEntry, TableName, archive_key, hashes_key, table_key};
use tilecore::{ArchiveDigest, LayerSpec, Slot, TileHash, Visibility};

use super::PublishError;
use crate::publish::verify::{VerifiedArchive, verify};
use crate::store::{Store, modified};
use crate::tiles::archive::EncodedArchive;
use crate::tiles::gzip::Packer;

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

    /// What a manifest says of it, built from data of some days; without any orders.
    pub(crate) fn entry(
        &self,
        layer: LayerSpec,
        slot: Slot,
        archive: &EncodedArchive,
        origin: &Origin,
        (from, to): (Date, Date),
    ) -> LayerEntry {
        LayerEntry {
            layer: layer.id.to_owned(),
            slot,
            visibility: layer.visibility,
            digest: self.digest,
            bytes: self.bytes,
            built_at: Timestamp::now(),
            data_at: Some(origin.data_at),
            from,
            to,
            minzoom: layer.minzoom,
            maxzoom: layer.maxzoom,
            bounds: archive.bounds,
            tiles: archive.tiles,
            orders: 0,
            lines: Vec::new(),
            build: origin.build.clone(),
            pinned: false,
        }
    }
}

/// Where the content of an archive or a table comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// When the newest of its data were written.
    pub data_at: Timestamp,
    /// The build, where it is told.
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

/// Writes a table as gzip and reads it back. Its digest is the entry's.
pub fn store_table(store: &Store, table: NewTable<'_>) -> Result<TableEntry, PublishError> {
    let NewTable { name, slot, visibility, origin, rows, json } = table;
    let stored = Bytes::from(Packer::new().gzip(json));
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
        data_at: origin.data_at,
        rows,
        build: origin.build.clone(),
        pinned: false,
    })
}

/// A table to be stored.
pub struct NewTable<'a> {
    /// Name.
    pub name: TableName,
    /// Slot.
    pub slot: Slot,
    /// Who may see it.
    pub visibility: Visibility,
    /// Where its content comes from.
    pub origin: &'a Origin,
    /// Rows that it holds.
    pub rows: u64,
    /// The document.
    pub json: &'a [u8],
}

/// Writes an object under a key that its content names, and reads it back.
pub(crate) fn store_named(store: &Store, key: &str, bytes: &Bytes) -> Result<(), PublishError> {
    create_or_reuse(store, key, bytes).map(drop)
}

/// How old an object may be to be used again as it is. An older one is written anew, so that
/// nobody who removes what has long been unlisted takes it for such.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// Writes an object whose key is made from its content, and reads it back. The same key may hold
/// only the same bytes: what an earlier build left there is used again, unless it was damaged.
fn create_or_reuse(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    match store.create_named(key, bytes) {
        Ok(()) => {}
        Err(error) if error.is_taken() => return reuse(store, key, bytes),
        Err(error) => return Err(error.into()),
    }
    read_back(store, key, bytes)
}

fn reuse(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    let stored = read_back(store, key, bytes)?;
    if Timestamp::now().duration_since(modified(&store.head(key)?)) < FRESH {
        return Ok(stored);
    }
    store.overwrite(key, stored)?;
    read_back(store, key, bytes)
}

fn read_back(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    let stored = store.get(key)?;
    if stored == *bytes { Ok(stored) } else { Err(PublishError::ReadBack { key: key.to_owned() }) }
}

/// The first object that is not in the store, or not with the length told.
pub(crate) fn missing(
    store: &Store,
    objects: impl Iterator<Item = (String, Option<u64>)>,
) -> Result<Option<String>, PublishError> {
    for (key, bytes) in objects {
        match store.head(&key) {
            Ok(found) if bytes.is_none_or(|bytes| bytes == found.size) => {}
            Ok(_) => return Ok(Some(key)),
            Err(error) if error.is_missing() => return Ok(Some(key)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}
