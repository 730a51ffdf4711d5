//! Publish: archives first, each written once under its digest and read back; the manifest last,
//! under a number that nobody has taken.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tilecore::manifest::{
    City, LayerEntry, MANIFEST_FOLDER, MANIFEST_VERSION, Manifest, ManifestError, TableEntry,
    TableName, archive_key, hashes_key, manifest_key, manifest_number, table_key,
};
use tilecore::{ArchiveDigest, LayerSpec, Slot, TileHash, Visibility};

use crate::archive::EncodedArchive;
use crate::packer::Packer;
use crate::store::{Store, StoreError, modified};
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
    /// What was to be published was removed meanwhile.
    #[error(
        "{key} was removed from the store while it was being published, so the map before was published again; run the job once more"
    )]
    Vanished {
        /// The object.
        key: String,
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

    /// What a manifest says of it, built from data of some days, the newest of which were written at
    /// a moment; without any orders.
    pub(crate) fn entry(
        &self,
        layer: LayerSpec,
        slot: Slot,
        archive: &EncodedArchive,
        data_at: Timestamp,
        (from, to): (Date, Date),
    ) -> LayerEntry {
        LayerEntry {
            layer: layer.id.to_owned(),
            slot,
            visibility: layer.visibility,
            digest: self.digest,
            bytes: self.bytes,
            built_at: Timestamp::now(),
            data_at: Some(data_at),
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

/// How old an object may be to be used again as it is. An older one is written anew, so that
/// nobody who removes what has long been unlisted takes it for such.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// Writes an object whose key is made from its content, and reads it back. The same key may hold
/// only the same bytes: what an earlier build left there is used again, unless it was damaged.
fn create_or_reuse(store: &Store, key: &str, bytes: &Bytes) -> Result<Bytes, PublishError> {
    match store.create(key, bytes.clone()) {
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

/// The newest manifest, if there is any.
pub fn newest_manifest(store: &Store) -> Result<Option<Manifest>, PublishError> {
    let listed = store.list(MANIFEST_FOLDER)?;
    let numbers = listed.iter().filter_map(|object| manifest_number(object.location.as_ref()));
    let Some(number) = numbers.max() else { return Ok(None) };
    read_manifest(store, number).map(Some)
}

/// The manifest of a number.
pub fn read_manifest(store: &Store, number: u64) -> Result<Manifest, PublishError> {
    let key = manifest_key(number);
    let bytes = store.get(&key)?;
    Manifest::parse(number, &bytes).map_err(|source| PublishError::Manifest { key, source })
}

/// What a map consists of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) cities: Vec<City>,
    pub(crate) layers: Vec<LayerEntry>,
    pub(crate) tables: Vec<TableEntry>,
}

impl From<Manifest> for Content {
    fn from(manifest: Manifest) -> Self {
        let Manifest { cities, layers, tables, .. } = manifest;
        Self { cities, layers, tables }
    }
}

/// What a builder publishes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Update<'a> {
    /// The map that was the newest when the builder began.
    pub ground: Option<&'a Manifest>,
    /// Cities that the page offers.
    pub cities: &'a [City],
    /// Archives, stored and verified.
    pub layers: &'a [LayerEntry],
    /// Tables, stored.
    pub tables: &'a [TableEntry],
}

/// Publishes stored archives and tables: all of them in one new manifest, beside whatever else the
/// newest one lists. Pinned slots stay as they are, and so does a slot for which somebody else has
/// published newer data since this builder began.
pub fn publish(store: &Store, update: Update<'_>) -> Result<Manifest, PublishError> {
    let ground = update.ground.cloned().map(Content::from).unwrap_or_default();
    publish_next(store, |newest| {
        let newest = newest.map(Content::from).unwrap_or_default();
        Ok::<_, PublishError>(Content {
            cities: update.cities.to_vec(),
            layers: merge(newest.layers, update.layers, &ground.layers),
            tables: merge(newest.tables, update.tables, &ground.tables),
        })
    })
}

/// Publishes what `next` makes of the newest map, under the number that follows. A number that
/// another builder took is tried again, with that builder's map as the ground.
///
/// What a manifest lists that the one before did not was stored, or found there, a moment ago; if
/// it was removed since, the map before is published again.
pub(crate) fn publish_next<E: From<PublishError>>(
    store: &Store,
    mut next: impl FnMut(Option<Manifest>) -> Result<Content, E>,
) -> Result<Manifest, E> {
    let mut number = 0;
    for tries in 0..MAX_TRIES {
        let newest = newest_manifest(store)?;
        number = newest.as_ref().map_or(1, |newest| newest.number + 1);
        let content = next(newest.clone())?;
        let Some(manifest) = write_manifest(store, number, content)? else {
            // Others who lost the same race wait for other times.
            let most = 1 << (4 + tries.min(5));
            let nanoseconds = Timestamp::now().subsec_nanosecond().unsigned_abs();
            std::thread::sleep(Duration::from_millis(u64::from(nanoseconds / 1000 % most)));
            continue;
        };
        let Some(key) = vanished(store, newest.as_ref(), &manifest)? else { return Ok(manifest) };
        if let Some(newest) = newest {
            write_manifest(store, number + 1, newest.into())?;
        }
        return Err(PublishError::Vanished { key }.into());
    }
    Err(PublishError::Crowded { number }.into())
}

/// Writes a manifest, unless its number is taken.
fn write_manifest(
    store: &Store,
    number: u64,
    content: Content,
) -> Result<Option<Manifest>, PublishError> {
    let Content { cities, layers, tables } = content;
    let manifest = Manifest {
        version: MANIFEST_VERSION,
        number,
        built_at: Timestamp::now(),
        generator: GENERATOR.to_owned(),
        cities,
        layers,
        tables,
    };
    let key = manifest_key(number);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|source| PublishError::Manifest { key: key.clone(), source: source.into() })?;
    match store.create(&key, (text + "\n").into()) {
        Ok(()) => Ok(Some(manifest)),
        Err(error) if error.is_taken() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first object that a manifest lists, the one before did not, and the store has not got.
fn vanished(
    store: &Store,
    before: Option<&Manifest>,
    manifest: &Manifest,
) -> Result<Option<String>, PublishError> {
    let before: HashSet<_> = before.into_iter().flat_map(Manifest::objects).collect();
    let new = manifest.objects().filter(|object| !before.contains(object));
    missing(store, new)
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

/// What a manifest lists, by two names.
trait Listed: Clone + PartialEq {
    fn place(&self) -> (&str, &Slot);
    /// How old the data are, and then which was built later.
    fn age(&self) -> (Timestamp, Timestamp);
    fn is_pinned(&self) -> bool;
}

impl Listed for LayerEntry {
    fn place(&self) -> (&str, &Slot) {
        (&self.layer, &self.slot)
    }

    fn age(&self) -> (Timestamp, Timestamp) {
        (self.data_at.unwrap_or(self.built_at), self.built_at)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

impl Listed for TableEntry {
    fn place(&self) -> (&str, &Slot) {
        (self.name.as_str(), &self.slot)
    }

    fn age(&self) -> (Timestamp, Timestamp) {
        (self.data_at, self.built_at)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

/// The newest list with the new entries in place, in the order of names and slots. `ground` is the
/// list from which the builder of the new entries began.
fn merge<T: Listed>(newest: Vec<T>, new: &[T], ground: &[T]) -> Vec<T> {
    let (mut merged, mut rest) = (newest, Vec::new());
    let is_rival = |entry: &T, new: &T| !ground.contains(entry) && entry.age() > new.age();
    for entry in new {
        match merged.iter_mut().find(|old| old.place() == entry.place()) {
            Some(old) if old.is_pinned() || is_rival(old, entry) => {}
            Some(old) => *old = entry.clone(),
            None => rest.push(entry.clone()),
        }
    }
    merged.append(&mut rest);
    merged.sort_by(|a, b| a.place().cmp(&b.place()));
    merged
}
