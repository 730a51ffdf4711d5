//! Tables: JSON documents of the map, in memory as they are stored, with gzip.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tilecore::archive::{GzipError, gunzip};
use tilecore::manifest::TableEntry;
use tilecore::{ArchiveDigest, TileHash, Visibility};

use crate::storage::store::{Store, StoreError};

/// Largest stored table in bytes.
const MAX_STORED: u64 = 256 << 20;

/// Largest unpacked table in bytes.
const MAX_PLAIN: usize = 1 << 30;

/// A table's stored bytes.
#[derive(Clone, Debug)]
pub struct Table {
    digest: ArchiveDigest,
    /// Hash of the stored bytes, from which its `ETag` is made.
    pub hash: TileHash,
    /// The document as gzip.
    pub packed: Bytes,
}

/// Everything that is served under a table's name and slot.
#[derive(Clone, Debug)]
pub struct ServedTable {
    /// Who may see it, and so who may cache it.
    pub visibility: Visibility,
    /// The table that the manifest lists; `None` once it has left the map.
    pub latest: Option<Table>,
    /// What earlier manifests listed, the latest first: pages that were opened then still request it.
    earlier: Vec<Earlier>,
}

#[derive(Clone, Debug)]
struct Earlier {
    digest: ArchiveDigest,
    replaced_at: Instant,
    /// `None` after the retention period: then its address is gone.
    table: Option<Table>,
}

/// The result of looking up a table by its digest.
#[derive(Clone, Copy, Debug)]
pub enum TableLookup<'a> {
    /// It is served.
    Served(&'a Table),
    /// It was part of the map and is no longer served.
    Gone,
    /// This server does not know it.
    Unknown,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It could not be read.
    #[error("could not read table {key}")]
    Store {
        /// Its key.
        key: String,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// Its bytes do not have its digest.
    #[error("the content of table {key} has the digest {found}")]
    Damaged {
        /// Its key.
        key: String,
        /// Digest of its content.
        found: ArchiveDigest,
    },
}

impl Table {
    async fn read(store: &Store, entry: &TableEntry) -> Result<Self, TableError> {
        let key = entry.key();
        let packed = match store.read(&key, MAX_STORED).await {
            Ok(packed) => packed,
            Err(source) => return Err(TableError::Store { key, source }),
        };
        let found = ArchiveDigest::of(&packed);
        if found != entry.digest {
            return Err(TableError::Damaged { key, found });
        }
        Ok(Self { digest: entry.digest, hash: TileHash::of(&packed), packed })
    }

    /// The document as plain bytes.
    pub fn unpack(&self) -> Result<Bytes, GzipError> {
        gunzip(&self.packed, MAX_PLAIN).map(Bytes::from)
    }
}

impl ServedTable {
    /// The table with this digest.
    #[must_use]
    pub fn lookup(&self, digest: ArchiveDigest) -> TableLookup<'_> {
        if let Some(latest) = &self.latest
            && latest.digest == digest
        {
            return TableLookup::Served(latest);
        }
        match self.earlier.iter().find(|earlier| earlier.digest == digest) {
            Some(Earlier { table: Some(table), .. }) => TableLookup::Served(table),
            Some(Earlier { table: None, .. }) => TableLookup::Gone,
            None => TableLookup::Unknown,
        }
    }

    /// Bytes that it holds in memory.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        let earlier = self.earlier.iter().filter_map(|earlier| earlier.table.as_ref());
        self.latest.iter().chain(earlier).map(|table| table.packed.len() as u64).sum()
    }
}

/// Reads the tables that are served. Those that `before` has are reused. Those that the manifest no
/// longer lists are served for the retention period; hidden ones are dropped at once.
pub(crate) async fn open_all(
    store: &Store,
    shown: &[&TableEntry],
    hidden: &[String],
    before: Option<&HashMap<String, ServedTable>>,
    retention: Duration,
) -> Result<HashMap<String, ServedTable>, TableError> {
    let mut tables = HashMap::new();
    for entry in shown {
        let name = name(entry);
        let known = before.and_then(|before| before.get(&name));
        let table = match known.map(|known| known.lookup(entry.digest)) {
            Some(TableLookup::Served(table)) => table.clone(),
            Some(TableLookup::Gone | TableLookup::Unknown) | None => {
                Table::read(store, entry).await?
            }
        };
        let (visibility, latest) = (entry.visibility, Some(table));
        tables.insert(name, ServedTable { visibility, latest, earlier: Vec::new() });
    }
    if let Some(before) = before {
        keep_earlier(&mut tables, before, hidden, retention);
    }
    Ok(tables)
}

/// Keeps serving tables that are no longer listed, for the retention period.
pub(crate) fn keep_earlier(
    tables: &mut HashMap<String, ServedTable>,
    before: &HashMap<String, ServedTable>,
    hidden: &[String],
    retention: Duration,
) {
    let now = Instant::now();
    for (name, old) in before.iter().filter(|(name, _)| !hidden.contains(name)) {
        let table = tables.entry(name.clone()).or_insert_with(|| {
            let visibility = old.visibility;
            ServedTable { visibility, latest: None, earlier: Vec::new() }
        });
        let current = table.latest.as_ref().map(|latest| latest.digest);
        let replaced = old.latest.iter().map(|latest| Earlier {
            digest: latest.digest,
            replaced_at: now,
            table: Some(latest.clone()),
        });
        table.earlier = replaced
            .chain(old.earlier.iter().cloned())
            .filter(|earlier| Some(earlier.digest) != current)
            .map(|earlier| earlier.age(now, retention))
            .collect();
    }
}

impl Earlier {
    fn age(mut self, now: Instant, retention: Duration) -> Self {
        if now.duration_since(self.replaced_at) >= retention {
            self.table = None;
        }
        self
    }
}

/// Name and slot as paths have them.
pub(crate) fn name(entry: &TableEntry) -> String {
    format!("{}/{}", entry.name, entry.slot)
}
