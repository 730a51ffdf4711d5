//! Repairs the list of maps: publishes the newest good map again above damaged manifests, and moves these
//! aside. Their bytes are kept under `damaged/`.

use std::fmt;

use serde::Serialize;
use tilecore::manifest::{MANIFEST_FOLDER, manifest_key};

use super::{CatalogError, empty};
use crate::publish::{damaged_manifests, find_newest, publish_next};
use crate::store::Store;

/// Folder of the damaged manifests.
const FOLDER: &str = "damaged";

/// What was repaired.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Repaired {
    /// Number of the newest good map.
    pub good: u64,
    /// Number under which it was published again; `None` if no manifest above it was damaged.
    pub published: Option<u64>,
    /// The damaged manifests, now under `damaged/`.
    pub moved: Vec<DamagedManifest>,
}

/// A damaged manifest.
#[derive(Clone, Debug, Serialize)]
pub struct DamagedManifest {
    /// Its key before.
    pub key: String,
    /// Its key now.
    pub now: String,
    /// What is wrong with it.
    pub fault: String,
}

/// Publishes the newest good map again under the next number if a manifest above it is damaged, and moves
/// all damaged manifests aside. If none is damaged, nothing changes.
pub fn repair(store: &Store) -> Result<Repaired, CatalogError> {
    let newest = find_newest(store)?;
    let good = newest.manifest.ok_or_else(|| empty(store))?.number;
    let mut repaired = Repaired { good, ..Repaired::default() };
    if !newest.damaged.is_empty() {
        let manifest = publish_next(store, |newest| {
            let newest = newest.ok_or_else(|| empty(store))?;
            Ok::<_, CatalogError>(newest)
        })?;
        repaired.published = Some(manifest.number);
    }
    // The highest manifest is good now, so that its number is not used again when these are moved.
    for (number, bytes, fault) in damaged_manifests(store)? {
        let key = manifest_key(number);
        let now = key.replacen(MANIFEST_FOLDER, FOLDER, 1);
        store.overwrite(&now, bytes)?;
        store.remove(&key)?;
        let fault = tilecore::error::chain(&fault);
        repaired.moved.push(DamagedManifest { key, now, fault });
    }
    Ok(repaired)
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for DamagedManifest { key, now, fault } in &self.moved {
            writeln!(f, "{key} is now {now}: {fault}")?;
        }
        let good = self.good;
        match (self.published, self.moved.is_empty()) {
            (Some(number), _) => writeln!(f, "map {number} lists the same objects as map {good}"),
            (None, true) => writeln!(f, "no manifest is damaged; nothing was changed"),
            (None, false) => writeln!(f, "the newest map is still map {good}"),
        }
    }
}
