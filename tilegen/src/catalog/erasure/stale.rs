//! Which entries of a map were made from orders of erased people.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::Job;
use tilecore::lineage::{Build, Lineage, lineage_key};
use tilecore::manifest::{LayerEntry, Manifest};

use super::error::EraseError;
use super::record::ErasureRecord;
use crate::fetch::erase::day_of_input;
use crate::store::Store;

/// A slot of a layer or a table.
pub(super) struct StaleSlot {
    pub(super) is_layer: bool,
    pub(super) name: String,
    slot: String,
    is_pinned: bool,
}

impl fmt::Display for StaleSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.slot)?;
        if self.is_pinned { write!(f, ", which is pinned") } else { Ok(()) }
    }
}

/// Finds the entries that count erased people.
pub(super) struct Stale<'a> {
    record: &'a ErasureRecord,
    /// The current file of each day that had rows of them.
    current: BTreeMap<Date, String>,
}

impl<'a> Stale<'a> {
    pub(super) const fn new(record: &'a ErasureRecord, current: BTreeMap<Date, String>) -> Self {
        Self { record, current }
    }

    /// The slots of a map that count them.
    pub(super) fn slots(
        &self,
        store: &Store,
        map: &Manifest,
    ) -> Result<Vec<StaleSlot>, EraseError> {
        let mut slots = Vec::new();
        for entry in map.layers.iter().filter(|entry| is_of_orders(&entry.layer)) {
            if self.is_stale_layer(store, entry)? {
                let (name, slot) = (entry.layer.clone(), entry.slot.to_string());
                slots.push(StaleSlot { is_layer: true, name, slot, is_pinned: entry.pinned });
            }
        }
        for entry in map.tables.iter().filter(|entry| is_of_orders(entry.name.as_str())) {
            if self.is_stale(store, entry.build.as_ref(), entry.built_at)?.unwrap_or(true) {
                let (name, slot) = (entry.name.to_string(), entry.slot.to_string());
                slots.push(StaleSlot { is_layer: false, name, slot, is_pinned: entry.pinned });
            }
        }
        Ok(slots)
    }

    /// Whether an archive counts them. Without a list of its input files, every archive with one of their days does.
    pub(super) fn is_stale_layer(
        &self,
        store: &Store,
        entry: &LayerEntry,
    ) -> Result<bool, EraseError> {
        let known = self.is_stale(store, entry.build.as_ref(), entry.built_at)?;
        let mut days = self.record.days.range(entry.from..=entry.to);
        Ok(known.unwrap_or_else(|| days.next().is_some()))
    }

    /// The same from the list of input files, if there is one.
    fn is_stale(
        &self,
        store: &Store,
        build: Option<&Build>,
        built_at: Timestamp,
    ) -> Result<Option<bool>, EraseError> {
        let Some(build) = build else { return Ok(None) };
        let lineage = match store.get(&lineage_key(build.lineage)) {
            Ok(bytes) => serde_json::from_slice::<Lineage>(&bytes).ok(),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error.into()),
        };
        let Some(lineage) = lineage else { return Ok(None) };
        let orders = lineage.inputs.iter().filter(|input| input.kind == "orders");
        Ok(Some(orders.into_iter().any(|input| self.has_their_rows(&input.name, built_at))))
    }

    /// Whether a file had their rows when it was read. A file of `tilegen fetch` never changes: it has, if another one
    /// is the current file of its day. Any other file may have, if it was read before the inputs were clean.
    fn has_their_rows(&self, path: &str, built_at: Timestamp) -> bool {
        let Some((day, name)) = day_of_input(path) else { return false };
        if !self.record.days.contains(&day) {
            return false;
        }
        match (name, self.current.get(&day)) {
            (Some(name), Some(current)) => name != current,
            _ => self.record.inputs_clean_since.is_none_or(|since| built_at < since),
        }
    }
}

/// Whether a layer or table is built from orders.
fn is_of_orders(name: &str) -> bool {
    Job::of(name) == Some(Job::Orders)
}
