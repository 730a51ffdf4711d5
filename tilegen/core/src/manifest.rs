//! Manifests: numbered lists of the archives and tables of a map.
//!
//! This file is the manifest. `layer_entry`, `table_entry` and `city` are its entries, `keys` the keys of their
//! objects in the store. `job` says which job publishes which entry, `hold` is what a manifest records of holds and
//! rollbacks, and `guards` what it records of the guards of builds.

mod city;
mod error;
mod guards;
mod hold;
mod holiday;
mod job;
mod keys;
mod layer_entry;
pub mod rebuild_request;
mod table_entry;
mod table_name;
#[cfg(test)]
mod tests;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::ArchiveDigest;
use crate::lineage::lineage_key;
use crate::slot::Slot;
use version::Version;

pub use city::City;
pub use error::ManifestError;
pub use guards::{Guards, HeldBack};
pub use hold::{Hold, Rollback};
pub use holiday::Holiday;
pub use job::{Job, JobError, ORDER_STATISTICS};
pub use keys::{
    MANIFEST_FOLDER, REPORT_FOLDER, archive_key, hashes_key, manifest_key, manifest_number,
    report_key, table_key,
};
pub use layer_entry::LayerEntry;
pub use table_entry::TableEntry;
pub use table_name::{TableName, TableNameError};
pub use version::MANIFEST_VERSION;

/// A published map: its archives and tables. Written once under its number. The default has nothing and is not
/// published: publishing sets version, number, time and generator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format, [`MANIFEST_VERSION`].
    pub version: u32,
    /// Number of the map. The manifest with the highest number is the current map.
    pub number: u64,
    /// When it was written.
    pub built_at: Timestamp,
    /// Program and version that wrote it.
    pub generator: String,
    /// Cities to choose from in the page.
    pub cities: Vec<City>,
    /// The archives, by layer and slot.
    pub layers: Vec<LayerEntry>,
    /// The tables, by name and slot. Older manifests have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableEntry>,
    /// The private report of the last build of each job; see [`report_key`]. Older manifests have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reports: BTreeMap<String, ArchiveDigest>,
    /// What guards have held back, and what operators have accepted.
    #[serde(flatten)]
    pub guards: Guards,
    /// The registry of business lines, in index order: attribute `l3` of any layer counts `lines[3]`. It is
    /// private, because it has lines that no public layer names. Manifests before 0.4 do not have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// The holidays among the days of the layers of orders.
    #[serde(
        default,
        deserialize_with = "holiday::listed_or_none",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub holidays: Vec<Holiday>,
    /// The jobs whose builds publish nothing for now. Servers older than 0.3 ignore them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// The last rollback of each job or layer, until a build publishes it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollbacks: Vec<Rollback>,
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Manifest {
    /// Parses the manifest with this number in its key.
    pub fn parse(number: u64, bytes: &[u8]) -> Result<Self, ManifestError> {
        // Another version may have another form, so the version is read alone first.
        let Version { version } = serde_json::from_slice(bytes)?;
        if version != MANIFEST_VERSION {
            return Err(ManifestError::Version { found: version });
        }
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.number != number {
            return Err(ManifestError::Number { key: number, found: manifest.number });
        }
        Ok(manifest)
    }

    /// Keys of all objects of the map, with their lengths if the manifest has them.
    pub fn objects(&self) -> impl Iterator<Item = (String, Option<u64>)> {
        let archives = self.layers.iter().flat_map(|entry| {
            [(entry.archive_key(), Some(entry.bytes)), (entry.hashes_key(), None)]
        });
        let tables = self.tables.iter().map(|entry| (entry.key(), Some(entry.bytes)));
        let reports: BTreeSet<String> =
            self.reports.values().map(|&digest| report_key(digest)).collect();
        let others = self.lineages().into_iter().chain(reports);
        archives.chain(tables).chain(others.map(|key| (key, None)))
    }

    /// Keys of the lists of input files, without duplicates.
    fn lineages(&self) -> BTreeSet<String> {
        let layers = self.layers.iter().map(|entry| &entry.build);
        let builds = layers.chain(self.tables.iter().map(|entry| &entry.build)).flatten();
        builds.map(|build| lineage_key(build.lineage)).collect()
    }

    /// The archive of a slot of a layer.
    #[must_use]
    pub fn entry(&self, layer: &str, slot: &Slot) -> Option<&LayerEntry> {
        self.layers.iter().find(|entry| entry.layer == layer && entry.slot == *slot)
    }

    /// The hold of a job, if it has one that has not ended.
    #[must_use]
    pub fn hold(&self, job: Job, now: Timestamp) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.holds(job, now))
    }

    /// Business lines in index order: the registry, or the list of a layer that knows more lines. The index
    /// of a line never changes, so every list is a prefix of the longest one.
    #[must_use]
    pub fn line_registry(&self) -> Vec<String> {
        let complete = |entry: &LayerEntry| entry.lines.iter().cloned().collect::<Option<Vec<_>>>();
        let lists = self.layers.iter().filter_map(complete).chain([self.lines.clone()]);
        lists.max_by_key(Vec::len).unwrap_or_default()
    }
}
