//! The build of a slot and the input files that it read.

use std::fmt;

use serde::Serialize;
use tilecore::lineage::{Build, Lineage, lineage_key};
use tilecore::manifest::Manifest;
use tilecore::text::counted;

use super::{CatalogError, SlotPath, is_pinned_in};
use crate::store::Store;

/// How a slot was built.
#[derive(Clone, Debug, Serialize)]
pub struct SlotInputs {
    /// Layer or table, and slot.
    pub slot_path: String,
    /// The build.
    #[serde(flatten)]
    pub build: Build,
    /// The files that it read.
    #[serde(flatten)]
    pub files: Lineage,
}

/// The build of a slot of a map, with its input files.
pub fn inputs(
    store: &Store,
    map: &Manifest,
    slot_path: &SlotPath,
) -> Result<SlotInputs, CatalogError> {
    // Fails with the list of slots if this one does not exist.
    is_pinned_in(map, slot_path)?;
    let no_lineage =
        || CatalogError::NoLineage { slot_path: slot_path.clone(), number: map.number };
    let build = build_of(map, slot_path).ok_or_else(no_lineage)?.clone();
    let key = lineage_key(build.lineage);
    let files = serde_json::from_slice(&store.get(&key)?)
        .map_err(|source| CatalogError::Lineage { key, source })?;
    Ok(SlotInputs { slot_path: slot_path.to_string(), build, files })
}

fn build_of<'a>(map: &'a Manifest, slot_path: &SlotPath) -> Option<&'a Build> {
    let layers = map.layers.iter().map(|entry| (entry.layer.as_str(), &entry.slot, &entry.build));
    let tables = map.tables.iter().map(|entry| (entry.name.as_str(), &entry.slot, &entry.build));
    let mut all = layers.chain(tables);
    let found = all.find(|(name, slot, _)| *name == slot_path.name && **slot == slot_path.slot);
    found.and_then(|(_, _, build)| build.as_ref())
}

impl fmt::Display for SlotInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Build { generator, commit, rows, rejects, now, next_due, .. } = &self.build;
        let commit =
            commit.as_ref().map_or_else(String::new, |commit| format!(", commit {commit}"));
        let rejected: u64 = rejects.values().sum();
        let files = &self.files.inputs;
        writeln!(f, "{} by {generator}{commit}", self.slot_path)?;
        let (rows, files_read) = (counted(*rows, "row"), counted(files.len(), "file"));
        writeln!(f, "{rows} of {files_read}, {rejected} rejected")?;
        if let Some(now) = now {
            writeln!(f, "built as of {now:.0}")?;
        }
        if let Some(next_due) = next_due {
            writeln!(f, "next build due by {next_due:.0}")?;
        }
        for file in files {
            writeln!(f, "{:<8} {:>12} {}  {}", file.kind, file.bytes, file.digest, file.name)?;
        }
        Ok(())
    }
}
