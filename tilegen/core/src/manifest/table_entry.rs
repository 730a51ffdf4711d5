//! The entry of a table in a manifest.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keys::table_key;
use super::table_name::TableName;
use crate::digest::ArchiveDigest;
use crate::layer::Visibility;
use crate::lineage::Build;
use crate::slot::Slot;

/// One table of the map: a JSON document, stored as gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Its name, with the key of the city if there is one table per city: `vendors/tehran`.
    pub name: TableName,
    /// Slot of the table.
    pub slot: Slot,
    /// Who has access to it.
    pub visibility: Visibility,
    /// Digest of the stored bytes.
    pub digest: ArchiveDigest,
    /// Length of the stored bytes.
    pub bytes: u64,
    /// When the table was built.
    pub built_at: Timestamp,
    /// When the source of its data was written.
    pub data_at: Timestamp,
    /// Number of rows.
    pub rows: u64,
    /// How it was built. Older manifests do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// Whether builds leave this slot unchanged.
    #[serde(default)]
    pub pinned: bool,
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl TableEntry {
    /// Key of the table in the store.
    #[must_use]
    pub fn key(&self) -> String {
        table_key(&self.name, &self.slot, self.digest)
    }
}
