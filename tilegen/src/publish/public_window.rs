//! Public windows: each window of days is published once, and a record in the store says so.
//!
//! The record is created before the manifest that lists the archive, is never changed and is never
//! retired. Later builds list the same archive again, whatever has happened to the orders since.

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tilecore::manifest::LayerEntry;

use super::PublishError;
use crate::store::{GENERATOR, Store};

/// Folder of the records.
pub const PUBLIC_FOLDER: &str = "public";

/// The record of a public window, `public/{layer}/{from}_{to}.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicWindow {
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Program and version that built it.
    pub generator: String,
    /// Days of the window without an order.
    pub gaps: Vec<Date>,
    /// The entry of the archive in the manifests.
    pub entry: LayerEntry,
}

/// Key of the record of a window.
fn window_key(layer: &str, from: Date, to: Date) -> String {
    format!("{PUBLIC_FOLDER}/{layer}/{from}_{to}.json")
}

/// The last and first day of the window whose record has this key.
fn days_of_key(key: &str) -> Option<(Date, Date)> {
    let (from, to) = key.rsplit('/').next()?.strip_suffix(".json")?.split_once('_')?;
    Some((to.parse().ok()?, from.parse().ok()?))
}

impl PublicWindow {
    /// A window that is about to be published.
    #[must_use]
    pub fn new(entry: LayerEntry, gaps: Vec<Date>) -> Self {
        Self { recorded_at: Timestamp::now(), generator: GENERATOR.to_owned(), gaps, entry }
    }

    /// Key of its record.
    #[must_use]
    pub fn key(&self) -> String {
        window_key(&self.entry.layer, self.entry.from, self.entry.to)
    }

    /// The last window that a layer has published, if it has published any.
    pub fn newest(store: &Store, layer: &str) -> Result<Option<Self>, PublishError> {
        let listed = store.list(&format!("{PUBLIC_FOLDER}/{layer}"))?;
        let keys = listed.iter().map(|object| object.location.as_ref());
        let newest = keys.filter_map(|key| Some((days_of_key(key)?, key))).max();
        newest.map(|(_, key)| Self::read(store, key)).transpose()
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
    fn a_damaged_record_is_an_error_and_not_a_new_window() {
        let store = Store::open("memory:///", true).unwrap();
        let record = window("2026-10-17", "2026-11-13", 'a');
        store.create(&record.key(), Bytes::from_static(b"{")).unwrap();
        let error = PublicWindow::newest(&store, "density-public").unwrap_err().to_string();
        assert!(error.contains(&record.key()) && error.contains("backup"), "{error}");
        assert!(record.record(&store).is_err());
    }
}
