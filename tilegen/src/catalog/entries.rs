//! What the archive and table entries of a map have in common.

use std::fmt;

use tilecore::manifest::{LayerEntry, Manifest, TableEntry};
use tilecore::{ArchiveDigest, Slot};

/// An archive or a table that a map lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) slot: Slot,
    pub(super) digest: ArchiveDigest,
    pub(super) bytes: u64,
    pub(super) pinned: bool,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.slot)
    }
}

/// All entries of a map, archives first.
pub(super) fn all(manifest: &Manifest) -> Vec<Entry> {
    let archives = manifest.layers.iter().map(|entry| Entry {
        name: entry.layer.clone(),
        slot: entry.slot.clone(),
        digest: entry.digest,
        bytes: entry.bytes,
        pinned: entry.pinned,
    });
    let tables = manifest.tables.iter().map(|entry| Entry {
        name: entry.name.to_string(),
        slot: entry.slot.clone(),
        digest: entry.digest,
        bytes: entry.bytes,
        pinned: entry.pinned,
    });
    archives.chain(tables).collect()
}

/// An entry whose pin can be set.
pub(super) trait Pinnable: Clone {
    fn slot_path(&self) -> (String, Slot);
    fn pin(&mut self) -> &mut bool;
}

impl Pinnable for LayerEntry {
    fn slot_path(&self) -> (String, Slot) {
        (self.layer.clone(), self.slot.clone())
    }

    fn pin(&mut self) -> &mut bool {
        &mut self.pinned
    }
}

impl Pinnable for TableEntry {
    fn slot_path(&self) -> (String, Slot) {
        (self.name.to_string(), self.slot.clone())
    }

    fn pin(&mut self) -> &mut bool {
        &mut self.pinned
    }
}

/// The entries of an older map, except that slots that are pinned now keep their current entry.
pub(super) fn restore_unpinned<T: Pinnable>(old: Vec<T>, now: Vec<T>) -> Vec<T> {
    let mut pinned: Vec<T> =
        now.into_iter().filter_map(|mut entry| (*entry.pin()).then_some(entry)).collect();
    let is_unpinned = |entry: &T| pinned.iter().all(|held| held.slot_path() != entry.slot_path());
    let mut list: Vec<T> = old.into_iter().filter(is_unpinned).collect();
    for entry in &mut list {
        *entry.pin() = false;
    }
    list.append(&mut pinned);
    sorted(list)
}

/// Entries in the order of a manifest.
pub(super) fn sorted<T: Pinnable>(mut list: Vec<T>) -> Vec<T> {
    list.sort_by_key(Pinnable::slot_path);
    list
}
