//! The days of orders in a folder or a bucket: which are there, and how one is replaced.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::text::parse_date;

use crate::fetch::part::PartFile;
use crate::orders::day_manifest::{CheckedFile, DAY_MANIFEST, DayManifest, DayManifestError};
use crate::store::{Store, StoreError, modified};

/// Folder of the orders among the inputs.
const FOLDER: &str = "orders";

/// Hours for which a replaced file is kept, for builds that have listed it.
const KEEP_HOURS: i64 = 24;

/// Why the days could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DayStoreError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A manifest cannot be read.
    #[error("could not read the day manifest {key}; fetch the day again with --day")]
    Manifest {
        /// Its key.
        key: String,
        /// Cause.
        #[source]
        source: DayManifestError,
    },
    /// The file to store cannot be read again.
    #[error("could not read the temporary file of {day} again")]
    Read {
        /// The day.
        day: Date,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The store has another length than was written.
    #[error(
        "{key} has {found} bytes in the store, and {written} were written; the day keeps its last file"
    )]
    Length {
        /// Key of the file.
        key: String,
        /// Bytes in the store.
        found: u64,
        /// Bytes written.
        written: u64,
    },
}

/// The days in a store of inputs.
pub(super) struct DayStore {
    store: Store,
}

/// What a listing found.
#[derive(Default)]
pub(super) struct Listing {
    /// Days that have an order file, from `tilegen fetch` or from another export.
    pub(super) days: BTreeSet<Date>,
    /// Days that have a manifest.
    pub(super) fetched: BTreeSet<Date>,
    /// The files that `tilegen fetch` wrote, by day, each with the time of its last change.
    parts: BTreeMap<Date, Vec<(String, Timestamp)>>,
}

impl DayStore {
    /// The store at an address. A folder is created if it does not exist.
    pub(super) fn open(address: &str) -> Result<Self, StoreError> {
        Store::open(address, true).map(|store| Self { store })
    }

    /// The days that are there.
    pub(super) fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        for object in self.store.list(FOLDER)? {
            let Some((day, name)) = day_and_name(object.location.as_ref()) else { continue };
            if name == DAY_MANIFEST {
                listing.fetched.insert(day);
            } else if name.ends_with(".parquet") {
                listing.days.insert(day);
            }
            if is_part(name) {
                let part = (name.to_owned(), modified(&object));
                listing.parts.entry(day).or_default().push(part);
            }
        }
        Ok(listing)
    }

    /// Every order file below a folder `date=D`, by day and name.
    pub(super) fn order_files(&self) -> Result<Vec<(Date, String)>, StoreError> {
        let objects = self.store.list(FOLDER)?;
        let files = objects.iter().filter_map(|object| day_and_name(object.location.as_ref()));
        let files = files.filter(|(_, name)| name.ends_with(".parquet"));
        Ok(files.map(|(day, name)| (day, name.to_owned())).collect())
    }

    /// Reads a file of a day.
    pub(super) fn read(&self, day: Date, name: &str) -> Result<Bytes, StoreError> {
        self.store.get(&key(day, name))
    }

    /// Removes a file of a day.
    pub(super) fn remove(&self, day: Date, name: &str) -> Result<(), StoreError> {
        self.store.remove(&key(day, name))
    }

    /// The address of a file of a day.
    pub(super) fn address_of(&self, day: Date, name: &str) -> String {
        format!("{}/{}", self.store.address().trim_end_matches('/'), key(day, name))
    }

    /// The manifest of a day, if there is one.
    pub(super) fn manifest(&self, day: Date) -> Result<Option<DayManifest>, DayStoreError> {
        let key = key(day, DAY_MANIFEST);
        let bytes = match self.store.get(&key) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let parsed = DayManifest::parse(&bytes);
        parsed.map(Some).map_err(|source| DayStoreError::Manifest { key, source })
    }

    /// Stores a checked file, and then names it in the manifest of its day.
    pub(super) fn publish(
        &self,
        day: Date,
        part: &PartFile,
        source_rows: Option<u64>,
        source: &str,
        now: Timestamp,
    ) -> Result<DayManifest, DayStoreError> {
        let name = format!("part-{}.parquet", part.digest);
        let unread = |source| DayStoreError::Read { day, source };
        let bytes = Bytes::from(std::fs::read(part.path()).map_err(unread)?);
        self.create(&key(day, &name), &bytes)?;
        let file = CheckedFile {
            name,
            rows: part.rows,
            bytes: part.bytes,
            source_rows,
            columns: part.columns.clone(),
        };
        let manifest = DayManifest::new(day, file, source, now);
        let json = serde_json::to_vec_pretty(&manifest).map_err(DayManifestError::Json);
        let key = key(day, DAY_MANIFEST);
        let json = json.map_err(|source| DayStoreError::Manifest { key: key.clone(), source })?;
        self.store.overwrite(&key, json.into())?;
        Ok(manifest)
    }

    fn create(&self, key: &str, bytes: &Bytes) -> Result<(), DayStoreError> {
        match self.store.create_by_digest(key, bytes) {
            Ok(()) => {}
            Err(error) if error.is_already_exists() => {}
            Err(error) => return Err(error.into()),
        }
        let (found, written) = (self.store.head(key)?.size, bytes.len() as u64);
        if found == written {
            return Ok(());
        }
        Err(DayStoreError::Length { key: key.to_owned(), found, written })
    }

    /// Removes files that another file of their day replaced more than a day ago. Returns their number.
    pub(super) fn remove_replaced(
        &self,
        listing: &Listing,
        now: Timestamp,
    ) -> Result<u64, DayStoreError> {
        let keep = jiff::SignedDuration::from_hours(KEEP_HOURS);
        let mut removed = 0;
        for (&day, parts) in listing.parts.iter().filter(|(_, parts)| parts.len() > 1) {
            let Some(manifest) = self.manifest(day)? else { continue };
            let old = parts.iter().filter(|(name, changed)| {
                *name != manifest.file && now.duration_since(*changed) > keep
            });
            for (name, _) in old {
                self.store.remove(&key(day, name))?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

fn key(day: Date, name: &str) -> String {
    format!("{FOLDER}/date={day}/{name}")
}

/// The day and the name of a key `orders/date=D/NAME`.
fn day_and_name(key: &str) -> Option<(Date, &str)> {
    let (folder, name) = key.strip_prefix(FOLDER)?.strip_prefix("/date=")?.split_once('/')?;
    Some((parse_date(folder).ok()?, name))
}

/// Whether `tilegen fetch` wrote a file of this name.
pub(super) fn is_part(name: &str) -> bool {
    let digest = name.strip_prefix("part-").and_then(|name| name.strip_suffix(".parquet"));
    digest.is_some_and(|digest| {
        digest.len() == 32 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_day_and_a_name() {
        let day = Date::constant(2026, 11, 22);
        assert_eq!(day_and_name(&key(day, "a.parquet")), Some((day, "a.parquet")));
        for other in ["orders/a.parquet", "orders/date=x/a", "vendors/date=2026-11-22/a"] {
            assert_eq!(day_and_name(other), None, "{other}");
        }
        assert!(is_part("part-00112233445566778899aabbccddeeff.parquet"));
        assert!(!is_part("part-0.parquet") && !is_part("other.parquet"));
    }
}
