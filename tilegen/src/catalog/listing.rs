//! The list of maps that can be rolled back to, newest first.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use tilecore::manifest::{MANIFEST_FOLDER, manifest_number};

use super::{CatalogError, empty, entries};
use crate::publish::read_manifest;
use crate::store::Store;

/// Maps, newest first.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Listing {
    /// The maps.
    pub maps: Vec<MapSummary>,
}

/// Summary of a map.
#[derive(Clone, Debug, Serialize)]
pub struct MapSummary {
    /// Its number.
    pub number: u64,
    /// When it was published; `None` if its manifest cannot be read.
    pub built_at: Option<Timestamp>,
    /// Archives that it lists.
    pub archives: usize,
    /// Tables that it lists.
    pub tables: usize,
    /// Their total length in bytes.
    pub bytes: u64,
    /// Pinned slots.
    pub pinned: Vec<String>,
    /// Why its manifest cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The newest `limit` maps of a store.
pub fn list(store: &Store, limit: usize) -> Result<Listing, CatalogError> {
    let listed = store.list(MANIFEST_FOLDER)?;
    let numbers = listed.iter().filter_map(|object| manifest_number(object.location.as_ref()));
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable_by_key(|&number| std::cmp::Reverse(number));
    if numbers.is_empty() {
        return Err(empty(store));
    }
    let maps = numbers.into_iter().take(limit).map(|number| summarise(store, number)).collect();
    Ok(Listing { maps })
}

fn summarise(store: &Store, number: u64) -> MapSummary {
    let mut map = MapSummary {
        number,
        built_at: None,
        archives: 0,
        tables: 0,
        bytes: 0,
        pinned: Vec::new(),
        fault: None,
    };
    match read_manifest(store, number) {
        Err(error) => map.fault = Some(error.to_string()),
        Ok(manifest) => {
            let entries = entries::all(&manifest);
            map.built_at = Some(manifest.built_at);
            map.archives = manifest.layers.len();
            map.tables = manifest.tables.len();
            map.bytes = entries.iter().map(|entry| entry.bytes).sum();
            let pinned = entries.iter().filter(|entry| entry.pinned);
            map.pinned = pinned.map(ToString::to_string).collect();
        }
    }
    map
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>10}  {:<20}  {:>8}  {:>6}  {:>9}  pinned",
            "map", "built at", "archives", "tables", "MB"
        )?;
        for map in &self.maps {
            let MapSummary { number, archives, tables, bytes, .. } = map;
            let built_at = map.built_at.map_or_else(String::new, |time| format!("{time:.0}"));
            let megabytes = *bytes as f64 / 1e6;
            let last = map.fault.clone().unwrap_or_else(|| map.pinned.join(" "));
            writeln!(
                f,
                "{number:>10}  {built_at:<20}  {archives:>8}  {tables:>6}  {megabytes:>9.1}  {last}"
            )?;
        }
        Ok(())
    }
}
