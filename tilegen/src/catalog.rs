//! What was published, map by map: listed, compared, rolled back, pinned, copied and retired.
//!
//! This file shows a map, rolls back to one and pins a slot. `listing` lists maps, `difference`
//! compares two, `origin` names the input files of a slot, `copy` copies maps to another store, and
//! `retire` removes objects that are no longer needed. All of them see a manifest as `entries`.

mod copy;
mod difference;
mod entries;
mod listing;
mod origin;
mod retire;

use std::fmt;
use std::str::FromStr;

use tilecore::Slot;
use tilecore::manifest::{LayerEntry, Manifest, TableEntry};

use crate::publish::{
    Content, PublishError, missing, newest_manifest, publish_next, read_manifest,
};
use crate::store::{Store, StoreError};

pub use copy::{Copied, copy};
pub use difference::{Difference, difference};
pub use listing::{Listing, PublishedMap, list};
pub use origin::{SlotOrigin, origin};
pub use retire::{Retired, retire};

/// Why the catalog could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Nothing was published yet.
    #[error("nothing is published in {store}")]
    Empty {
        /// Address of the store.
        store: String,
    },
    /// There is no such manifest.
    #[error("there is no map {number} in {store}; `tilegen catalog list` tells which there are")]
    NoMap {
        /// Its number.
        number: u64,
        /// Address of the store.
        store: String,
    },
    /// The map cannot be had back.
    #[error("map {number} cannot be had back: {key} is no longer in {store} as it was published")]
    Gone {
        /// Its number.
        number: u64,
        /// The object.
        key: String,
        /// Address of the store.
        store: String,
    },
    /// Nothing is published under this name.
    #[error("nothing is published as {place}; there are {known}")]
    NoPlace {
        /// Layer or table, and slot.
        place: Place,
        /// What there is.
        known: String,
    },
    /// The map does not tell how the slot came about.
    #[error(
        "map {number} does not tell what {place} was made from: it was built before that was told"
    )]
    Untold {
        /// Layer or table, and slot.
        place: Place,
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
    /// An object does not hold what its name says.
    #[error("{key} of {store} is damaged")]
    Damaged {
        /// The object.
        key: String,
        /// Address of the store.
        store: String,
    },
    /// Two stores have different maps under one number.
    #[error("map {number} of {store} is another one; a store takes copies of one other store only")]
    OtherMap {
        /// The number.
        number: u64,
        /// Address of the store that would have been copied into.
        store: String,
    },
    /// A manifest that must be kept cannot be read.
    #[error("nothing is removed, because {key} must be kept and cannot be read")]
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
pub struct Place {
    name: String,
    slot: Slot,
}

/// The text is no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not of the form LAYER/SLOT, such as density/30d or vendors/tehran/now")]
pub struct PlaceError(String);

impl FromStr for Place {
    type Err = PlaceError;

    /// A table's name may hold a slash, so the last one counts.
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError(text.to_owned());
        let (name, slot) = text.rsplit_once('/').ok_or_else(wrong)?;
        let slot = slot.parse().map_err(|_| wrong())?;
        Ok(Self { name: name.to_owned(), slot })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.slot)
    }
}

/// The map of a number, or the newest.
pub fn show(store: &Store, number: Option<u64>) -> Result<Manifest, CatalogError> {
    match number {
        Some(number) => map_of(store, number),
        None => newest_manifest(store)?.ok_or_else(|| empty(store)),
    }
}

/// Publishes the list of an older map anew, under the next number. Slots that are pinned now stay as
/// they are.
pub fn roll_back(store: &Store, number: u64) -> Result<Manifest, CatalogError> {
    let wanted = map_of(store, number)?;
    let gone = |key| CatalogError::Gone { number, key, store: store.address().to_owned() };
    if let Some(key) = missing(store, wanted.objects())? {
        return Err(gone(key));
    }
    publish_next(store, |newest| {
        let newest = newest.map(Content::from).unwrap_or_default();
        let wanted = wanted.clone();
        Ok(Content {
            cities: wanted.cities,
            layers: entries::put_back(wanted.layers, newest.layers),
            tables: entries::put_back(wanted.tables, newest.tables),
        })
    })
}

/// Pins a slot, so that builders leave it alone, or lets it go. Without anything to change no map
/// is published, and the newest is returned.
pub fn set_pinned(store: &Store, place: &Place, pinned: bool) -> Result<Manifest, CatalogError> {
    let newest = show(store, None)?;
    if pinned_of(&newest, place)? == pinned {
        return Ok(newest);
    }
    publish_next(store, |newest| {
        let newest = newest.ok_or_else(|| empty(store))?;
        pinned_of(&newest, place)?;
        let mut content = Content::from(newest);
        let is_it = |name: &str, slot: &Slot| *name == place.name && *slot == place.slot;
        for LayerEntry { layer, slot, pinned: is_pinned, .. } in &mut content.layers {
            *is_pinned = if is_it(layer, slot) { pinned } else { *is_pinned };
        }
        for TableEntry { name, slot, pinned: is_pinned, .. } in &mut content.tables {
            *is_pinned = if is_it(name.as_str(), slot) { pinned } else { *is_pinned };
        }
        Ok(content)
    })
}

/// Whether a slot is pinned.
fn pinned_of(manifest: &Manifest, place: &Place) -> Result<bool, CatalogError> {
    let entries = entries::all(manifest);
    let found = entries.iter().find(|entry| entry.name == place.name && entry.slot == place.slot);
    found.map(|entry| entry.pinned).ok_or_else(|| {
        let known: Vec<_> = entries.iter().map(ToString::to_string).collect();
        CatalogError::NoPlace { place: place.clone(), known: known.join(", ") }
    })
}

fn map_of(store: &Store, number: u64) -> Result<Manifest, CatalogError> {
    read_manifest(store, number).map_err(|error| match error {
        PublishError::Store(error) if error.is_missing() => {
            CatalogError::NoMap { number, store: store.address().to_owned() }
        }
        error => error.into(),
    })
}

fn empty(store: &Store) -> CatalogError {
    CatalogError::Empty { store: store.address().to_owned() }
}
