//! The entry of an archive in a manifest.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keys::{archive_key, hashes_key};
use crate::digest::ArchiveDigest;
use crate::layer::Visibility;
use crate::lineage::Build;
use crate::slot::Slot;

/// One archive of the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerEntry {
    /// Name of the layer.
    pub layer: String,
    /// Slot of the layer.
    pub slot: Slot,
    /// Who has access to it.
    pub visibility: Visibility,
    /// Digest of the archive.
    pub digest: ArchiveDigest,
    /// Length of the archive in bytes.
    pub bytes: u64,
    /// When the archive was built.
    pub built_at: Timestamp,
    /// When the newest of its data was written. Older manifests do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_at: Option<Timestamp>,
    /// First calendar day of its data.
    pub from: Date,
    /// Last calendar day of its data.
    pub to: Date,
    /// Shallowest zoom.
    pub minzoom: u8,
    /// Deepest zoom.
    pub maxzoom: u8,
    /// West, south, east, north of its cells, in degrees.
    pub bounds: [f64; 4],
    /// Number of addressed tiles.
    pub tiles: u64,
    /// Number of orders in its shallowest zoom.
    pub orders: u64,
    /// Names of the business lines in index order: attribute `l3` counts `lines[3]`. A public layer has
    /// `None` for a line that none of its cells shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Option<String>>,
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

impl LayerEntry {
    /// Key of the archive in the store.
    #[must_use]
    pub fn archive_key(&self) -> String {
        archive_key(&self.layer, &self.slot, self.digest)
    }

    /// Key of the file with the hashes of its tiles.
    #[must_use]
    pub fn hashes_key(&self) -> String {
        hashes_key(&self.layer, &self.slot, self.digest)
    }
}
