//! Finds out which months have changed, and stores only those.

use std::collections::BTreeSet;

use tilecore::layer::TIMELINE_LAYERS;
use tilecore::manifest::{LayerEntry, Manifest, TableEntry, TableName};
use tilecore::{ArchiveDigest, LayerSpec, Slot, Visibility};

use super::tables::{EncodedTable, TABLE};
use crate::orders::window::DayRange;
use crate::publish::{
    NewTable, OutputError, Provenance, SlotName, store_archive, store_table, table_digest,
};
use crate::store::Store;
use crate::tiles::archive::EncodedArchive;

/// What a build publishes, month by month.
pub(super) struct Publication<'a> {
    pub(super) store: &'a Store,
    /// The newest manifest before this build.
    pub(super) published: Option<&'a Manifest>,
    pub(super) provenance: Provenance,
    pub(super) layers: Vec<LayerEntry>,
    pub(super) tables: Vec<TableEntry>,
    /// Number of archives and tables that differ from the published ones.
    pub(super) changed: usize,
}

/// The entry of an archive, and whether it differs from the published one.
pub(super) struct NewEntry {
    pub(super) entry: LayerEntry,
    has_changed: bool,
}

impl Publication<'_> {
    /// Stores the archive of a month, except if it is the published one.
    pub(super) fn store_archive(
        &self,
        layer: LayerSpec,
        slot: &Slot,
        archive: &EncodedArchive,
        (days, orders): (DayRange, u64),
    ) -> Result<NewEntry, OutputError> {
        let before = self.published.and_then(|map| map.entry(layer.id, slot));
        let digest = before.map(|_| ArchiveDigest::of(&archive.bytes));
        if let Some(same) = before.filter(|before| digest == Some(before.digest)) {
            let (data_at, build) = (Some(self.provenance.data_at), self.provenance.build.clone());
            let entry = LayerEntry { data_at, build, ..same.clone() };
            return Ok(NewEntry { entry, has_changed: false });
        }
        let days = (days.first.date(), days.last.date());
        let stored = store_archive(self.store, layer.id, slot, &archive.bytes, &archive.hashes)?;
        let entry = stored.entry(layer, slot.clone(), archive, &self.provenance, days);
        Ok(NewEntry { entry: LayerEntry { orders, ..entry }, has_changed: true })
    }

    /// Lists an archive.
    pub(super) fn add(&mut self, new: NewEntry) {
        self.changed += usize::from(new.has_changed);
        self.layers.push(new.entry);
    }

    /// Adds the table of a city and a month.
    pub(super) fn add_table(
        &mut self,
        name: TableName,
        slot: &Slot,
        table: &EncodedTable,
    ) -> Result<&TableEntry, OutputError> {
        let published = self.published.map_or(&[] as &[TableEntry], |map| &map.tables);
        let before = published.iter().find(|entry| entry.name == name && entry.slot == *slot);
        let digest = table_digest(&table.json);
        let entry = if let Some(same) = before.filter(|before| before.digest == digest) {
            TableEntry {
                data_at: self.provenance.data_at,
                build: self.provenance.build.clone(),
                ..same.clone()
            }
        } else {
            self.changed += 1;
            let table = NewTable {
                name,
                slot: slot.clone(),
                visibility: Visibility::Internal,
                provenance: &self.provenance,
                rows: table.rows,
                json: &table.json,
            };
            store_table(self.store, table)?
        };
        self.tables.push(entry);
        Ok(&self.tables[self.tables.len() - 1])
    }

    /// The published months that this build does not have: they are older than the look-back, or have no order
    /// any more.
    pub(super) fn removed(&self) -> Vec<SlotName> {
        let layers = self.layers.iter().map(|entry| (&*entry.layer, &entry.slot));
        let tables = self.tables.iter().map(|entry| (entry.name.as_str(), &entry.slot));
        let new: BTreeSet<(&str, &Slot)> = layers.chain(tables).collect();
        let Some(map) = self.published else { return Vec::new() };
        let layers = map.layers.iter().map(|entry| (&*entry.layer, &entry.slot));
        let tables = map.tables.iter().map(|entry| (entry.name.as_str(), &entry.slot));
        let is_own = |name: &str| {
            TIMELINE_LAYERS.iter().any(|layer| layer.id == name)
                || name.split_once('/').is_some_and(|(first, _)| first == TABLE)
        };
        let old = layers.chain(tables).filter(|(name, _)| is_own(name));
        old.filter(|slot| !new.contains(slot))
            .map(|(name, slot)| SlotName { name: name.to_owned(), slot: slot.clone() })
            .collect()
    }
}
