//! Merges the entries that a build publishes into those of the newest map.

use jiff::Timestamp;
use tilecore::Slot;
use tilecore::manifest::{LayerEntry, TableEntry};

/// A slot of a layer or table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotName {
    /// Name of the layer or table.
    pub name: String,
    /// Slot.
    pub slot: Slot,
}

/// A manifest entry, identified by layer or table name and slot.
pub(super) trait SlotEntry: Clone + PartialEq {
    fn slot_key(&self) -> (&str, &Slot);
    /// Time of the data, then time of the build.
    fn age(&self) -> (Timestamp, Timestamp);
    fn is_pinned(&self) -> bool;
}

impl SlotEntry for LayerEntry {
    fn slot_key(&self) -> (&str, &Slot) {
        (&self.layer, &self.slot)
    }

    fn age(&self) -> (Timestamp, Timestamp) {
        (self.data_at.unwrap_or(self.built_at), self.built_at)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

impl SlotEntry for TableEntry {
    fn slot_key(&self) -> (&str, &Slot) {
        (self.name.as_str(), &self.slot)
    }

    fn age(&self) -> (Timestamp, Timestamp) {
        (self.data_at, self.built_at)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

/// Removes the entries of some slots, except pinned ones.
pub(super) fn remove<T: SlotEntry>(entries: &mut Vec<T>, slots: &[SlotName]) {
    entries.retain(|entry| {
        entry.is_pinned()
            || !slots
                .iter()
                .any(|SlotName { name, slot }| entry.slot_key() == (name.as_str(), slot))
    });
}

/// The newest entries with the new ones merged in, sorted by name and slot. `base` are the entries of
/// the map that was the newest when the build of the new entries started.
pub(super) fn merge<T: SlotEntry>(newest: Vec<T>, new: &[T], base: &[T]) -> Vec<T> {
    let (mut merged, mut rest) = (newest, Vec::new());
    let is_newer = |entry: &T, new: &T| !base.contains(entry) && entry.age() > new.age();
    for entry in new {
        match merged.iter_mut().find(|old| old.slot_key() == entry.slot_key()) {
            Some(old) if old.is_pinned() || is_newer(old, entry) => {}
            Some(old) => *old = entry.clone(),
            None => rest.push(entry.clone()),
        }
    }
    merged.append(&mut rest);
    merged.sort_by(|a, b| a.slot_key().cmp(&b.slot_key()));
    merged
}
