//! What was published, map by map: listed, compared, rolled back, pinned, copied and retired.
//!
//! This file shows a map, publishes a whole one again and pins a slot. `listing` lists maps, `difference`
//! compares two, `inputs` names the input files of a slot, `copy` copies maps to another store, and
//! `retire` removes objects that are no longer needed. All of them see a manifest as `entries`.
//!
//! `rollback` puts back what one job has published, `candidates` lists where it can go back to, `hold`
//! keeps a job from publishing, `history` lists what it has published, `repair` replaces damaged
//! manifests, `erasure` erases people, and `status` reports on the jobs. They select entries by `scope` and read `maps`, newest
//! first. `probe` proves that a store can be published to.

mod candidates;
mod copy;
mod difference;
mod entries;
mod erasure;
mod history;
mod hold;
mod inputs;
mod listing;
mod maps;
mod probe;
mod repair;
mod retire;
mod rollback;
mod scope;
mod status;

use std::fmt;
use std::str::FromStr;

use tilecore::Slot;
use tilecore::manifest::{LayerEntry, Manifest, TableEntry};
use tilecore::text::Quoted;

use crate::publish::guards::baseline::stored_reports;
use crate::publish::lease::LeaseError;
use crate::publish::{PublishError, first_missing, newest_manifest, publish_next, read_manifest};
use crate::store::{Store, StoreError};

pub use candidates::{Candidates, JobCandidates, Summary, candidates};
pub use copy::{Copied, copy};
pub use difference::{Difference, difference};
pub use erasure::{EraseError, Erased, Erasure, RepublishError, erase};
pub use history::{History, InputSummary, SlotChange, history};
pub use hold::{hold, release};
pub use inputs::{SlotInputs, inputs};
pub use listing::{Listing, MapSummary, list};
pub use probe::{Probed, probe};
pub use repair::{DamagedManifest, Repaired, repair};
pub use retire::{Retired, retire};
pub use rollback::{RollbackSpec, RolledBack, Target, roll_back_scope};
pub use scope::Scope;
pub use status::{JobStatus, State, Status, status};

/// Why the catalog could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The store has no map.
    #[error("no map is published in {store}")]
    Empty {
        /// Address of the store.
        store: String,
    },
    /// There is no such manifest.
    #[error("there is no map {number} in {store}; `tilegen catalog list` lists the maps")]
    NoMap {
        /// Its number.
        number: u64,
        /// Address of the store.
        store: String,
    },
    /// The map cannot be rolled back to.
    #[error(
        "could not roll back to map {number}: {key} is missing from {store} or has a different length"
    )]
    MissingObject {
        /// Its number.
        number: u64,
        /// The object.
        key: String,
        /// Address of the store.
        store: String,
    },
    /// No older map has different content.
    #[error(
        "there is nothing to roll {scope} back to: no older map of {store} has different {scope}, apart from maps that were rolled back; `tilegen catalog history` lists what was published, and --to N names a map"
    )]
    NothingToRollBackTo {
        /// What was to be rolled back.
        scope: String,
        /// Address of the store.
        store: String,
    },
    /// The map has the content that is published now.
    #[error(
        "map {number} has the same {scope} as the newest map, so there is nothing to roll back"
    )]
    SameContent {
        /// What was to be rolled back.
        scope: String,
        /// Number of the map.
        number: u64,
    },
    /// The map does not have what was to be rolled back.
    #[error("map {number} has no {scope}")]
    NotInMap {
        /// What was to be rolled back.
        scope: String,
        /// Number of the map.
        number: u64,
    },
    /// All slots that would change are pinned.
    #[error(
        "every slot of {scope} that would change is pinned; `tilegen catalog unpin LAYER/SLOT` unpins one"
    )]
    AllPinned {
        /// What was to be rolled back.
        scope: String,
    },
    /// The lease of a job could not be read.
    #[error(transparent)]
    Lease(LeaseError),
    /// The slot is not published.
    #[error("{slot_path} is not published; the published slots are {known}")]
    NoSlot {
        /// Layer or table, and slot.
        slot_path: SlotPath,
        /// The published slots.
        known: String,
    },
    /// The manifest has no lineage for the slot.
    #[error(
        "map {number} does not record the inputs of {slot_path}: it was built by an older tilegen"
    )]
    NoLineage {
        /// Layer or table, and slot.
        slot_path: SlotPath,
        /// Number of the map.
        number: u64,
    },
    /// A list of input files is damaged.
    #[error("the list of input files {key} is damaged")]
    Lineage {
        /// Key of the list.
        key: String,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// An object does not match the digest in its key.
    #[error("{key} of {store} is damaged")]
    Damaged {
        /// The object.
        key: String,
        /// Address of the store.
        store: String,
    },
    /// Two stores have different maps under one number.
    #[error(
        "map {number} of {store} is a different map; copy to a store that has only copies of this one"
    )]
    MapConflict {
        /// The number.
        number: u64,
        /// Address of the store to copy to.
        store: String,
    },
    /// A manifest of a map to keep cannot be read.
    #[error("nothing was removed, because {key} must be kept and cannot be read")]
    Unreadable {
        /// The manifest.
        key: String,
        /// Cause.
        #[source]
        source: Box<PublishError>,
    },
    /// The store cannot be used.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// A slot of a layer or table: `density/30d`, `vendors/tehran/now`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotPath {
    name: String,
    slot: Slot,
}

/// The text is not a slot path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not of the form LAYER/SLOT, such as density/30d or vendors/tehran/now", Quoted(.0))]
pub struct SlotPathError(String);

impl FromStr for SlotPath {
    type Err = SlotPathError;

    /// A table name may contain a slash, so the text is split at the last one.
    fn from_str(text: &str) -> Result<Self, SlotPathError> {
        let wrong = || SlotPathError(text.to_owned());
        let (name, slot) = text.rsplit_once('/').ok_or_else(wrong)?;
        let slot = slot.parse().map_err(|_| wrong())?;
        Ok(Self { name: name.to_owned(), slot })
    }
}

impl fmt::Display for SlotPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.slot)
    }
}

/// The map with this number, or the newest one.
pub fn show(store: &Store, number: Option<u64>) -> Result<Manifest, CatalogError> {
    match number {
        Some(number) => read_map(store, number),
        None => newest_manifest(store)?.ok_or_else(|| empty(store)),
    }
}

/// Publishes the entries of an older map again under the next number. Slots that are pinned now keep
/// their current entry.
pub fn roll_back(store: &Store, number: u64) -> Result<Manifest, CatalogError> {
    let wanted = read_map(store, number)?;
    let reports = stored_reports(store, &wanted)?;
    let wanted = Manifest { reports, ..wanted };
    if let Some(key) = first_missing(store, wanted.objects())? {
        let store = store.address().to_owned();
        return Err(CatalogError::MissingObject { number, key, store });
    }
    publish_next(store, |newest| {
        let newest = newest.unwrap_or_default();
        let wanted = wanted.clone();
        Ok(Manifest {
            layers: entries::restore_unpinned(wanted.layers, newest.layers),
            tables: entries::restore_unpinned(wanted.tables, newest.tables),
            lines: newest.lines,
            holds: newest.holds,
            rollbacks: Vec::new(),
            other: newest.other,
            ..wanted
        })
    })
}

/// Pins a slot, so that builds do not replace it, or unpins it. If nothing changes, no map is published
/// and the newest one is returned.
pub fn set_pinned(
    store: &Store,
    slot_path: &SlotPath,
    pinned: bool,
) -> Result<Manifest, CatalogError> {
    let newest = show(store, None)?;
    if is_pinned_in(&newest, slot_path)? == pinned {
        return Ok(newest);
    }
    publish_next(store, |newest| {
        let newest = newest.ok_or_else(|| empty(store))?;
        is_pinned_in(&newest, slot_path)?;
        let mut content = newest;
        let matches_path =
            |name: &str, slot: &Slot| *name == slot_path.name && *slot == slot_path.slot;
        for LayerEntry { layer, slot, pinned: is_pinned, .. } in &mut content.layers {
            *is_pinned = if matches_path(layer, slot) { pinned } else { *is_pinned };
        }
        for TableEntry { name, slot, pinned: is_pinned, .. } in &mut content.tables {
            *is_pinned = if matches_path(name.as_str(), slot) { pinned } else { *is_pinned };
        }
        Ok(content)
    })
}

/// Whether a slot is pinned.
fn is_pinned_in(manifest: &Manifest, slot_path: &SlotPath) -> Result<bool, CatalogError> {
    let entries = entries::all(manifest);
    let found =
        entries.iter().find(|entry| entry.name == slot_path.name && entry.slot == slot_path.slot);
    found.map(|entry| entry.pinned).ok_or_else(|| {
        let known: Vec<_> = entries.iter().map(ToString::to_string).collect();
        CatalogError::NoSlot { slot_path: slot_path.clone(), known: known.join(", ") }
    })
}

fn read_map(store: &Store, number: u64) -> Result<Manifest, CatalogError> {
    read_manifest(store, number).map_err(|error| match error {
        PublishError::Store(error) if error.is_not_found() => {
            CatalogError::NoMap { number, store: store.address().to_owned() }
        }
        error => error.into(),
    })
}

fn empty(store: &Store) -> CatalogError {
    CatalogError::Empty { store: store.address().to_owned() }
}
