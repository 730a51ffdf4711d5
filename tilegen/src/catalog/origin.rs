//! Origin: the build of a slot, and the files that it was made from.

use std::fmt;

use serde::Serialize;
use tilecore::lineage::{Build, Lineage, lineage_key};
use tilecore::manifest::Manifest;

use super::{CatalogError, Place, pinned_of};
use crate::store::Store;

/// How a slot came about.
#[derive(Clone, Debug, Serialize)]
pub struct SlotOrigin {
    /// Layer or table, and slot.
    pub place: String,
    /// The build.
    #[serde(flatten)]
    pub build: Build,
    /// What it read.
    #[serde(flatten)]
    pub files: Lineage,
}

/// The build of a slot of a map, with its input files.
pub fn origin(store: &Store, map: &Manifest, place: &Place) -> Result<SlotOrigin, CatalogError> {
    // Tells what there is, if there is no such slot.
    pinned_of(map, place)?;
    let untold = || CatalogError::Untold { place: place.clone(), number: map.number };
    let build = build_of(map, place).ok_or_else(untold)?.clone();
    let key = lineage_key(build.lineage);
    let files = serde_json::from_slice(&store.get(&key)?)
        .map_err(|source| CatalogError::Lineage { key, source })?;
    Ok(SlotOrigin { place: place.to_string(), build, files })
}

fn build_of<'a>(map: &'a Manifest, place: &Place) -> Option<&'a Build> {
    let layers = map.layers.iter().map(|entry| (entry.layer.as_str(), &entry.slot, &entry.build));
    let tables = map.tables.iter().map(|entry| (entry.name.as_str(), &entry.slot, &entry.build));
    let mut all = layers.chain(tables);
    let found = all.find(|(name, slot, _)| *name == place.name && **slot == place.slot);
    found.and_then(|(_, _, build)| build.as_ref())
}

impl fmt::Display for SlotOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Build { generator, commit, rows, rejects, next_due, .. } = &self.build;
        let commit =
            commit.as_ref().map_or_else(String::new, |commit| format!(", commit {commit}"));
        let rejected: u64 = rejects.values().sum();
        let files = &self.files.inputs;
        writeln!(f, "{} by {generator}{commit}", self.place)?;
        writeln!(f, "{rows} rows of {} files, {rejected} rejected", files.len())?;
        if let Some(next_due) = next_due {
            writeln!(f, "to be replaced by {next_due:.0}")?;
        }
        for file in files {
            writeln!(f, "{:<8} {:>12} {}  {}", file.kind, file.bytes, file.digest, file.name)?;
        }
        Ok(())
    }
}
