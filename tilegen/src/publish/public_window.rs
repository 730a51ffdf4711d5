//! Public windows: each window of days is published once, and a record in the store says so.
//!
//! The record is created before the manifest that lists the archive, is never changed and is never
//! retired. Later builds list the same archive again, whatever has happened to the orders since.
//!
//! `tilegen erase` withdraws a window that counts an erased person. A second record next to the first says so, and
//! no manifest lists its archive any more. `--republish-public` may publish a window in its place, once.

use std::collections::HashSet;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tilecore::ArchiveDigest;
use tilecore::manifest::LayerEntry;

use super::PublishError;
use crate::store::{GENERATOR, Store};

/// Folder of the records.
pub const PUBLIC_FOLDER: &str = "public";

/// The record of a public window, `public/{layer}/{from}_{to}.json`. That of a window which replaces it has the name
/// `{from}_{to}.republished.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicWindow {
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Program and version that built it.
    pub generator: String,
    /// Days of the window without an order.
    pub gaps: Vec<Date>,
    /// Digest of the withdrawn archive that it replaces, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ArchiveDigest>,
    /// The entry of the archive in the manifests.
    pub entry: LayerEntry,
}

/// The record of a withdrawal, next to that of the window: `{from}_{to}.withdrawn.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// When the window was withdrawn.
    pub withdrawn_at: Timestamp,
    /// Digest of its archive.
    pub digest: ArchiveDigest,
}

/// End of the key of a withdrawal.
const WITHDRAWN: &str = ".withdrawn.json";

/// End of the key of a window that replaces a withdrawn one, without `.json`.
const REPUBLISHED: &str = ".republished";

/// The last and first day of the window whose record has this key, and whether it replaces another one.
fn days_of_key(key: &str) -> Option<(Date, Date, bool)> {
    let name = key.rsplit('/').next()?.strip_suffix(".json")?;
    let days = name.strip_suffix(REPUBLISHED);
    let (from, to) = days.unwrap_or(name).split_once('_')?;
    Some((to.parse().ok()?, from.parse().ok()?, days.is_some()))
}

impl PublicWindow {
    /// A window that is about to be published.
    #[must_use]
    pub fn new(entry: LayerEntry, gaps: Vec<Date>) -> Self {
        let (recorded_at, generator) = (Timestamp::now(), GENERATOR.to_owned());
        Self { recorded_at, generator, gaps, replaces: None, entry }
    }

    /// The same window as the one that replaces a withdrawn archive.
    #[must_use]
    pub fn replacing(self, withdrawn: ArchiveDigest) -> Self {
        Self { replaces: Some(withdrawn), ..self }
    }

    /// Key of its record.
    #[must_use]
    pub fn key(&self) -> String {
        self.key_with(".json")
    }

    fn key_with(&self, end: &str) -> String {
        let LayerEntry { layer, from, to, .. } = &self.entry;
        let republished = if self.replaces.is_some() { REPUBLISHED } else { "" };
        format!("{PUBLIC_FOLDER}/{layer}/{from}_{to}{republished}{end}")
    }

    /// The last window that a layer has published, if it has published any. A window that replaces another one comes
    /// after it.
    pub fn newest(store: &Store, layer: &str) -> Result<Option<Self>, PublishError> {
        let newest = keys(store, layer)?.pop();
        newest.map(|key| Self::read(store, &key)).transpose()
    }

    /// All windows that a layer has published, the first one first.
    pub fn all(store: &Store, layer: &str) -> Result<Vec<Self>, PublishError> {
        keys(store, layer)?.iter().map(|key| Self::read(store, key)).collect()
    }

    /// Records that the window is withdrawn. Returns whether it was not before.
    pub fn withdraw(&self, store: &Store) -> Result<bool, PublishError> {
        let key = self.key_with(WITHDRAWN);
        let record = Withdrawal { withdrawn_at: Timestamp::now(), digest: self.entry.digest };
        let text = serde_json::to_string_pretty(&record)
            .map_err(|source| PublishError::Window { key: key.clone(), source })?;
        match store.create(&key, Bytes::from(text + "\n")) {
            Ok(()) => Ok(true),
            Err(error) if error.is_already_exists() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn read(store: &Store, key: &str) -> Result<Self, PublishError> {
        let bytes = store.get(key)?;
        serde_json::from_slice(&bytes)
            .map_err(|source| PublishError::Window { key: key.to_owned(), source })
    }

    /// Records the window, or returns what another build has recorded for the same days.
    pub fn record(self, store: &Store) -> Result<Self, PublishError> {
        let key = self.key();
        let text = serde_json::to_string_pretty(&self)
            .map_err(|source| PublishError::Window { key: key.clone(), source })?;
        match store.create(&key, Bytes::from(text + "\n")) {
            Ok(()) => Ok(self),
            Err(error) if error.is_already_exists() => Self::read(store, &key),
            Err(error) => Err(error.into()),
        }
    }
}

/// Keys of the records of the windows of a layer, the first window first.
fn keys(store: &Store, layer: &str) -> Result<Vec<String>, PublishError> {
    let listed = store.list(&format!("{PUBLIC_FOLDER}/{layer}"))?;
    let keys = listed.iter().map(|object| object.location.as_ref());
    let mut keys: Vec<_> = keys.filter_map(|key| Some((days_of_key(key)?, key))).collect();
    keys.sort_unstable();
    Ok(keys.into_iter().map(|(_, key)| key.to_owned()).collect())
}

/// Digests of the archives of all withdrawn windows. No manifest may list them.
pub fn withdrawn(store: &Store) -> Result<HashSet<ArchiveDigest>, PublishError> {
    let listed = store.list(PUBLIC_FOLDER)?;
    let keys = listed.iter().map(|object| object.location.as_ref());
    let read = |key: &str| {
        serde_json::from_slice(&store.get(key)?)
            .map(|withdrawal: Withdrawal| withdrawal.digest)
            .map_err(|source| PublishError::Window { key: key.to_owned(), source })
    };
    keys.filter(|key| key.ends_with(WITHDRAWN)).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str, digest: char) -> PublicWindow {
        let entry = serde_json::json!({
            "layer": "density-public", "slot": "28d", "visibility": "public",
            "digest": digest.to_string().repeat(32), "bytes": 1, "tiles": 1, "orders": 1,
            "built_at": "2026-11-22T05:00:00Z", "from": from, "to": to, "minzoom": 5, "maxzoom": 14,
            "bounds": [51.0, 35.0, 52.0, 36.0], "lines": ["Cafe", null]
        });
        PublicWindow::new(serde_json::from_value(entry).unwrap(), Vec::new())
    }

    #[test]
    fn a_window_is_recorded_once() {
        let store = Store::open("memory:///", true).unwrap();
        assert_eq!(PublicWindow::newest(&store, "density-public").unwrap(), None);
        let first = window("2026-10-17", "2026-11-13", 'a').record(&store).unwrap();
        let again = window("2026-10-17", "2026-11-13", 'b').record(&store).unwrap();
        assert_eq!(again, first, "the second build of the same days lists the first archive");
        let earlier = window("2026-09-19", "2026-10-16", 'c').record(&store).unwrap();
        assert_eq!(earlier.key(), "public/density-public/2026-09-19_2026-10-16.json");
        assert_eq!(PublicWindow::newest(&store, "density-public").unwrap(), Some(first));
    }

    #[test]
    fn a_withdrawn_window_keeps_its_record() {
        let store = Store::open("memory:///", true).unwrap();
        let first = window("2026-09-19", "2026-10-16", 'a').record(&store).unwrap();
        let second = window("2026-10-17", "2026-11-13", 'b').record(&store).unwrap();
        assert_eq!(withdrawn(&store).unwrap(), HashSet::new());
        assert!(second.withdraw(&store).unwrap() && !second.withdraw(&store).unwrap());
        assert_eq!(withdrawn(&store).unwrap(), HashSet::from([second.entry.digest]));
        assert_eq!(PublicWindow::newest(&store, "density-public").unwrap(), Some(second.clone()));
        assert_eq!(PublicWindow::all(&store, "density-public").unwrap(), [first, second]);
    }

    #[test]
    fn a_window_that_replaces_a_withdrawn_one_has_a_record_of_its_own() {
        let store = Store::open("memory:///", true).unwrap();
        let first = window("2026-10-17", "2026-11-13", 'a').record(&store).unwrap();
        first.withdraw(&store).unwrap();
        let again = window("2026-10-17", "2026-11-13", 'b').replacing(first.entry.digest);
        let again = again.record(&store).unwrap();
        assert_eq!(again.key(), "public/density-public/2026-10-17_2026-11-13.republished.json");
        assert_eq!(PublicWindow::newest(&store, "density-public").unwrap(), Some(again.clone()));
        assert_eq!(withdrawn(&store).unwrap(), HashSet::from([first.entry.digest]));
        assert!(again.withdraw(&store).unwrap(), "it can be withdrawn too");
        assert_eq!(withdrawn(&store).unwrap().len(), 2);
        assert_eq!(PublicWindow::all(&store, "density-public").unwrap(), [first, again]);
    }

    #[test]
    fn a_damaged_record_is_an_error_and_not_a_new_window() {
        let store = Store::open("memory:///", true).unwrap();
        let record = window("2026-10-17", "2026-11-13", 'a');
        store.create(&record.key(), Bytes::from_static(b"{")).unwrap();
        let error = PublicWindow::newest(&store, "density-public").unwrap_err().to_string();
        assert!(error.contains(&record.key()) && error.contains("backup"), "{error}");
        assert!(record.record(&store).is_err());
    }
}
