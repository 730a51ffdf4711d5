//! What a rollback, a history or a status is about: all that a job publishes, or single slots.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use tilecore::lineage::{Build, Lineage, lineage_key};
use tilecore::manifest::{Job, LayerEntry, Manifest, ORDER_STATISTICS, TableEntry};
use tilecore::{ArchiveDigest, Slot};

use super::CatalogError;
use crate::store::Store;

/// A part of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that a job publishes.
    Job(Job),
    /// One layer or table, or one slot of it.
    Slots {
        /// Name of the layer or table.
        name: String,
        /// The slot, or all of them.
        slot: Option<Slot>,
    },
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job(job) => write!(f, "{job}"),
            Self::Slots { name, slot: Some(slot) } => write!(f, "{name}/{slot}"),
            Self::Slots { name, slot: None } => f.write_str(name),
        }
    }
}

/// The digest of each archive and table, by name and slot.
pub(super) type Content = BTreeMap<String, ArchiveDigest>;

/// The entries of a map that are in a scope.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) layers: Vec<LayerEntry>,
    pub(super) tables: Vec<TableEntry>,
}

impl Part {
    pub(super) fn is_empty(&self) -> bool {
        self.layers.is_empty() && self.tables.is_empty()
    }

    pub(super) fn content(&self) -> Content {
        let layers = self.layers.iter().map(|entry| (&entry.layer[..], &entry.slot, entry.digest));
        let tables =
            self.tables.iter().map(|entry| (entry.name.as_str(), &entry.slot, entry.digest));
        let digests = layers.chain(tables);
        digests.map(|(name, slot, digest)| (format!("{name}/{slot}"), digest)).collect()
    }

    /// The content by which two builds are compared. The order statistics are left out: they are
    /// published after the density of the same orders, so a map with the new density and the old
    /// statistics is only a moment between two good maps.
    pub(super) fn leading_content(&self) -> Content {
        let mut content = self.content();
        if !self.layers.is_empty() {
            content.retain(|slot_path, _| !slot_path.starts_with(ORDER_STATISTICS));
        }
        content
    }

    /// Keys of its objects, with their lengths if they are known.
    pub(super) fn objects(&self, of: &Manifest) -> Vec<(String, Option<u64>)> {
        let part = Manifest {
            layers: self.layers.clone(),
            tables: self.tables.clone(),
            // A rollback leaves out a report that is missing.
            reports: BTreeMap::new(),
            ..of.clone()
        };
        part.objects().collect()
    }
}

/// Finds the entries of a scope. The job of an entry follows from its name or, if a newer version wrote
/// it, from the input files in its lineage.
pub(super) struct Parts<'a> {
    store: &'a Store,
    by_lineage: HashMap<ArchiveDigest, Option<Job>>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self { store, by_lineage: HashMap::new() }
    }

    /// The entries of a map that are in a scope.
    pub(super) fn of(&mut self, map: &Manifest, scope: &Scope) -> Result<Part, CatalogError> {
        self.split(&map.layers, &map.tables, scope).map(|(part, _)| part)
    }

    /// The entries in a scope, and all others.
    pub(super) fn split(
        &mut self,
        layers: &[LayerEntry],
        tables: &[TableEntry],
        scope: &Scope,
    ) -> Result<(Part, Part), CatalogError> {
        let (mut part, mut rest) = (Part::default(), Part::default());
        for entry in layers {
            let is_in = self.contains(scope, &entry.layer, &entry.slot, entry.build.as_ref())?;
            (if is_in { &mut part } else { &mut rest }).layers.push(entry.clone());
        }
        for entry in tables {
            let name = entry.name.as_str();
            let is_in = self.contains(scope, name, &entry.slot, entry.build.as_ref())?;
            (if is_in { &mut part } else { &mut rest }).tables.push(entry.clone());
        }
        Ok((part, rest))
    }

    fn contains(
        &mut self,
        scope: &Scope,
        name: &str,
        slot: &Slot,
        build: Option<&Build>,
    ) -> Result<bool, CatalogError> {
        Ok(match scope {
            Scope::Job(job) => self.job(name, build)? == Some(*job),
            Scope::Slots { name: wanted, slot: only } => {
                wanted == name && only.as_ref().is_none_or(|only| only == slot)
            }
        })
    }

    /// The job that published an entry; `None` if that is unknown.
    pub(super) fn job(
        &mut self,
        name: &str,
        build: Option<&Build>,
    ) -> Result<Option<Job>, CatalogError> {
        match (Job::of(name), build) {
            (Some(job), _) => Ok(Some(job)),
            (None, None) => Ok(None),
            (None, Some(build)) => {
                if let Some(job) = self.by_lineage.get(&build.lineage) {
                    return Ok(*job);
                }
                let lineage = read_lineage(self.store, build.lineage)?;
                let kinds = lineage.iter().flat_map(|lineage| &lineage.inputs);
                let job = Job::of_inputs(kinds.map(|file| file.kind.as_str()));
                self.by_lineage.insert(build.lineage, job);
                Ok(job)
            }
        }
    }
}

/// The input files of a build; `None` if their list was removed or is damaged.
pub(super) fn read_lineage(
    store: &Store,
    digest: ArchiveDigest,
) -> Result<Option<Lineage>, CatalogError> {
    match store.get(&lineage_key(digest)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
