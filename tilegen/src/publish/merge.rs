//! Merge: what a builder publishes, put into the list of the newest map.

use jiff::Timestamp;
use tilecore::Slot;
use tilecore::manifest::{LayerEntry, TableEntry};

/// What a manifest lists, by two names.
pub(super) trait Listed: Clone + PartialEq {
    fn place(&self) -> (&str, &Slot);
    /// How old the data are, and then which was built later.
    fn age(&self) -> (Timestamp, Timestamp);
    fn is_pinned(&self) -> bool;
}

impl Listed for LayerEntry {
    fn place(&self) -> (&str, &Slot) {
        (&self.layer, &self.slot)
    }

    fn age(&self) -> (Timestamp, Timestamp) {
        (self.data_at.unwrap_or(self.built_at), self.built_at)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

impl Listed for TableEntry {
    fn place(&self) -> (&str, &Slot) {
        (self.name.as_str(), &self.slot)
    }

    fn age(&self) -> (Timestamp, Timestamp) {
        (self.data_at, self.built_at)
    }

    fn is_pinned(&self) -> bool {
        self.pinned
    }
}

/// The newest list with the new entries in place, in the order of names and slots. `ground` is the
/// list from which the builder of the new entries began.
pub(super) fn merge<T: Listed>(newest: Vec<T>, new: &[T], ground: &[T]) -> Vec<T> {
    let (mut merged, mut rest) = (newest, Vec::new());
    let is_rival = |entry: &T, new: &T| !ground.contains(entry) && entry.age() > new.age();
    for entry in new {
        match merged.iter_mut().find(|old| old.place() == entry.place()) {
            Some(old) if old.is_pinned() || is_rival(old, entry) => {}
            Some(old) => *old = entry.clone(),
            None => rest.push(entry.clone()),
        }
    }
    merged.append(&mut rest);
    merged.sort_by(|a, b| a.place().cmp(&b.place()));
    merged
}
