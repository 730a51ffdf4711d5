//! Manifests: the numbered lists that say which archives are the map.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::digest::ArchiveDigest;
use crate::layer::Visibility;
use crate::slot::Slot;

/// Version of the manifest's own form.
pub const MANIFEST_VERSION: u32 = 1;

/// The map at one moment: every archive that belongs to it. Written once under its number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of this document, [`MANIFEST_VERSION`].
    pub version: u32,
    /// Place in the sequence; the highest is the map.
    pub number: u64,
    /// When it was written.
    pub built_at: Timestamp,
    /// Program and version that wrote it.
    pub generator: String,
    /// Cities that the page offers.
    pub cities: Vec<City>,
    /// The archives, by layer and slot.
    pub layers: Vec<LayerEntry>,
}

/// A city as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Number in the orders' city column.
    pub id: i64,
    /// Name in URLs.
    pub key: String,
    /// Persian name.
    pub name_fa: String,
    /// English name.
    pub name_en: String,
    /// Where the page looks first: longitude, latitude in degrees.
    pub center: [f64; 2],
    /// Zoom at which the page looks first.
    pub zoom: f64,
    /// West, south, east, north in degrees; a position outside belongs to no order of this city.
    #[serde(rename = "box")]
    pub bounds: [f64; 4],
}

/// One archive of the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerEntry {
    /// Layer's name.
    pub layer: String,
    /// Slot of the layer.
    pub slot: Slot,
    /// Who may see it.
    pub visibility: Visibility,
    /// Name of the archive's bytes.
    pub digest: ArchiveDigest,
    /// Length of the archive.
    pub bytes: u64,
    /// When the archive was built.
    pub built_at: Timestamp,
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
    /// Tiles that it holds.
    pub tiles: u64,
    /// Orders that its shallowest zoom shows.
    pub orders: u64,
    /// Names of the business lines in index order: attribute `l3` counts `lines[3]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Whether builders leave this slot alone.
    #[serde(default)]
    pub pinned: bool,
}

/// Why bytes are no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The JSON is cut or malformed.
    #[error("the manifest is not valid JSON of the expected form")]
    Malformed(#[from] serde_json::Error),
    /// It was written by a newer program.
    #[error("the manifest has version {found}, this program reads {MANIFEST_VERSION}")]
    Version {
        /// Version in the document.
        found: u32,
    },
    /// Name and content disagree.
    #[error("the manifest under number {key} says that it is number {found}")]
    Number {
        /// Number in the object's key.
        key: u64,
        /// Number in the document.
        found: u64,
    },
}

impl Manifest {
    /// Reads the manifest that lies under `number`.
    pub fn parse(number: u64, bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.version != MANIFEST_VERSION {
            return Err(ManifestError::Version { found: manifest.version });
        }
        if manifest.number != number {
            return Err(ManifestError::Number { key: number, found: manifest.number });
        }
        Ok(manifest)
    }

    /// The archive of a layer's slot.
    #[must_use]
    pub fn entry(&self, layer: &str, slot: &Slot) -> Option<&LayerEntry> {
        self.layers.iter().find(|entry| entry.layer == layer && entry.slot == *slot)
    }
}

impl LayerEntry {
    /// Key of the archive in the store.
    #[must_use]
    pub fn archive_key(&self) -> String {
        archive_key(&self.layer, &self.slot, self.digest)
    }

    /// Key of the file with its tiles' hashes.
    #[must_use]
    pub fn hashes_key(&self) -> String {
        hashes_key(&self.layer, &self.slot, self.digest)
    }
}

/// Key of an archive in the store.
#[must_use]
pub fn archive_key(layer: &str, slot: &Slot, digest: ArchiveDigest) -> String {
    format!("archives/{layer}/{slot}/{digest}.pmtiles")
}

/// Key of the hashes beside an archive.
#[must_use]
pub fn hashes_key(layer: &str, slot: &Slot, digest: ArchiveDigest) -> String {
    format!("archives/{layer}/{slot}/{digest}.hashes")
}

/// Folder of the manifests in the store.
pub const MANIFEST_FOLDER: &str = "manifests";

/// Key of a manifest: ten digits, so that names sort as numbers do.
///
/// ```
/// use tilecore::manifest::{manifest_key, manifest_number};
///
/// assert_eq!(manifest_key(7), "manifests/0000000007.json");
/// assert_eq!(manifest_number("manifests/0000000007.json"), Some(7));
/// assert_eq!(manifest_number("manifests/7.json"), None);
/// ```
#[must_use]
pub fn manifest_key(number: u64) -> String {
    format!("{MANIFEST_FOLDER}/{number:010}.json")
}

/// Number in a manifest's key, if it is one.
#[must_use]
pub fn manifest_number(key: &str) -> Option<u64> {
    let digits = key.strip_prefix(MANIFEST_FOLDER)?.strip_prefix('/')?.strip_suffix(".json")?;
    let number = u64::from_str(digits).ok()?;
    (manifest_key(number) == key).then_some(number)
}
