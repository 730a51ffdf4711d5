//! The inputs of vendors in a folder or bucket: the joined files, and the last good rows of each source.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::fetch::VendorSource;
use crate::store::{Store, StoreError, modified};

/// Folder of the vendors among the inputs.
const FOLDER: &str = "vendors";

/// Name of the record of a source in its folder.
const RECORD: &str = "_source.json";

/// Hours for which a replaced file is kept, for builds that read it.
const KEEP_HOURS: i64 = 24;

/// The rows that a source delivered last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastRows {
    /// Name of the file in the folder of the source.
    pub(super) file: String,
    pub(super) rows: u64,
    /// Rows that a build rejects.
    pub(super) rejected: u64,
    pub(super) bytes: u64,
    /// The columns that have a value, by their keys in `[vendors.columns]`.
    pub(super) columns: Vec<String>,
    /// When the rows were current.
    pub(super) data_at: Timestamp,
    /// Digest of the URL, if they come from a file.
    pub(super) address: Option<String>,
    /// ETag of that file.
    pub(super) etag: Option<String>,
}

/// The vendors in a store of inputs.
pub(super) struct SourceStore {
    store: Store,
}

impl SourceStore {
    /// The store at an address. A folder is created if it does not exist.
    pub(super) fn open(address: &str) -> Result<Self, StoreError> {
        Store::open(address, true).map(|store| Self { store })
    }

    /// What a source delivered last. A record that cannot be read is none: everything is asked for again.
    pub(super) fn last(&self, source: &str) -> Result<Option<LastRows>, StoreError> {
        match self.store.get(&key(source, RECORD)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file with the last rows of a source.
    pub(super) fn rows(&self, source: &str, last: &LastRows) -> Result<Bytes, StoreError> {
        self.store.get(&key(source, &last.file))
    }

    /// Stores the rows of a source, and then names them in its record.
    pub(super) fn keep(
        &self,
        source: &str,
        last: &LastRows,
        bytes: &Bytes,
    ) -> Result<(), StoreError> {
        match self.store.create_by_digest(&key(source, &last.file), bytes) {
            Err(error) if !error.is_already_exists() => return Err(error),
            _ => {}
        }
        // Strings, numbers and times always serialise.
        let json = serde_json::to_vec_pretty(last).unwrap_or_default();
        self.store.overwrite(&key(source, RECORD), json.into())
    }

    /// Stores the joined rows. Returns the key of the file.
    pub(super) fn publish(&self, bytes: Bytes, now: Timestamp) -> Result<String, StoreError> {
        let key = format!("{FOLDER}/{}.parquet", now.strftime("%Y%m%dT%H%M%SZ"));
        self.store.overwrite(&key, bytes)?;
        Ok(key)
    }

    /// Removes joined files and rows of sources that others replaced more than a day ago. Returns their number.
    pub(super) fn remove_replaced(
        &self,
        sources: &[VendorSource],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut current = vec![newest(&self.store)?.unwrap_or_default()];
        for VendorSource { name, .. } in sources {
            let last = self.last(name)?;
            current.extend(last.map(|last| key(name, &last.file)));
        }
        let mut removed = 0;
        for object in self.store.list(FOLDER)? {
            let key = object.location.as_ref();
            let is_old =
                now.duration_since(modified(&object)) > SignedDuration::from_hours(KEEP_HOURS);
            if is_old && is_own(key) && !current.iter().any(|current| current == key) {
                self.store.remove(key)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// The address of the newest joined file in a store of inputs.
///
/// # Errors
/// If the store cannot be listed.
pub fn newest_file(inputs: &str) -> Result<Option<String>, StoreError> {
    let key = newest(&Store::open(inputs, false)?)?;
    Ok(key.map(|key| format!("{}/{key}", inputs.trim_end_matches('/'))))
}

fn newest(store: &Store) -> Result<Option<String>, StoreError> {
    let keys = store.list(FOLDER)?.into_iter().map(|object| object.location.to_string());
    Ok(keys.filter(|key| is_joined(key)).max())
}

fn key(source: &str, name: &str) -> String {
    format!("{FOLDER}/sources/{source}/{name}")
}

/// Whether a key is that of a joined file: `vendors/20261130T053000Z.parquet`.
fn is_joined(key: &str) -> bool {
    let name = key.strip_prefix("vendors/").and_then(|name| name.strip_suffix("Z.parquet"));
    let parts = name.and_then(|name| name.split_once('T'));
    let is_digits =
        |text: &str, len| text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
    parts.is_some_and(|(date, time)| is_digits(date, 8) && is_digits(time, 6))
}

/// Whether `tilegen fetch vendors` wrote a file that another one may replace.
fn is_own(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    is_joined(key) || key.starts_with("vendors/sources/") && name.starts_with("part-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_fetches_may_be_removed() {
        for (key, is_one) in [
            ("vendors/20261130T053000Z.parquet", true),
            ("vendors/sources/own/part-00.csv", true),
            ("vendors/snapshot.parquet", false),
            ("vendors/sources/own/_source.json", false),
            ("vendors/2026T053000Z.parquet", false),
        ] {
            assert_eq!(is_own(key), is_one, "{key}");
        }
    }
}
