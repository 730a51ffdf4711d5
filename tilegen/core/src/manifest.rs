//! Manifests: the numbered lists that say which archives are the map.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::digest::ArchiveDigest;
use crate::layer::Visibility;
use crate::lineage::{Build, lineage_key};
use crate::slot::{Slot, is_plain_name};

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
    /// The tables, by name and slot. Manifests from before there were any have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableEntry>,
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
    /// How old its data are: when what is newest in them was written. Manifests of before this was
    /// told do not have it.
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
    /// Tiles that it holds.
    pub tiles: u64,
    /// Orders that its shallowest zoom shows.
    pub orders: u64,
    /// Names of the business lines in index order: attribute `l3` counts `lines[3]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// How it came about. Manifests of before this was told do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// Whether builders leave this slot alone.
    #[serde(default)]
    pub pinned: bool,
}

/// One table of the map: a JSON document, stored as gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Its name, with a city's key where there is one a city: `vendors/tehran`.
    pub name: TableName,
    /// Slot of the table.
    pub slot: Slot,
    /// Who may see it.
    pub visibility: Visibility,
    /// Name of the stored bytes.
    pub digest: ArchiveDigest,
    /// Length of the stored bytes.
    pub bytes: u64,
    /// When the table was built.
    pub built_at: Timestamp,
    /// How old its data are: when their source was written.
    pub data_at: Timestamp,
    /// Rows that it holds.
    pub rows: u64,
    /// How it came about. Manifests of before this was told do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// Whether builders leave this slot alone.
    #[serde(default)]
    pub pinned: bool,
}

/// A table's name: one or two plain parts, `options` or `vendors/tehran`.
///
/// ```
/// use tilecore::manifest::TableName;
///
/// assert_eq!("vendors/tehran".parse::<TableName>()?.as_str(), "vendors/tehran");
/// assert!("vendors/../tehran".parse::<TableName>().is_err());
/// # Ok::<(), tilecore::manifest::TableNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableName(String);

/// The text is no table's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a table name of one or two parts of lower-case letters, digits and hyphens")]
pub struct TableNameError(String);

impl TableName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = TableNameError;

    fn from_str(text: &str) -> Result<Self, TableNameError> {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() <= 2 && parts.iter().all(|part| is_plain_name(part)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TableNameError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for TableName {
    type Error = TableNameError;

    fn try_from(text: String) -> Result<Self, TableNameError> {
        text.parse()
    }
}

impl From<TableName> for String {
    fn from(name: TableName) -> Self {
        name.0
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
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

    /// Keys of all objects that the map needs, and the lengths of those that have one told.
    pub fn objects(&self) -> impl Iterator<Item = (String, Option<u64>)> {
        let archives = self.layers.iter().flat_map(|entry| {
            [(entry.archive_key(), Some(entry.bytes)), (entry.hashes_key(), None)]
        });
        let tables = self.tables.iter().map(|entry| (entry.key(), Some(entry.bytes)));
        archives.chain(tables).chain(self.lineages().into_iter().map(|key| (key, None)))
    }

    /// Keys of the lists of input files, each once.
    fn lineages(&self) -> BTreeSet<String> {
        let layers = self.layers.iter().map(|entry| &entry.build);
        let builds = layers.chain(self.tables.iter().map(|entry| &entry.build)).flatten();
        builds.map(|build| lineage_key(build.lineage)).collect()
    }

    /// The archive of a layer's slot.
    #[must_use]
    pub fn entry(&self, layer: &str, slot: &Slot) -> Option<&LayerEntry> {
        self.layers.iter().find(|entry| entry.layer == layer && entry.slot == *slot)
    }

    /// Business lines in index order, as far as any archive has named them. A line keeps its index
    /// for ever, so the longest list begins with every other.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        let lists = self.layers.iter().map(|entry| entry.lines.as_slice());
        lists.max_by_key(|lines| lines.len()).unwrap_or_default()
    }
}

impl TableEntry {
    /// Key of the table in the store.
    #[must_use]
    pub fn key(&self) -> String {
        table_key(&self.name, &self.slot, self.digest)
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

/// Key of a table in the store.
#[must_use]
pub fn table_key(name: &TableName, slot: &Slot, digest: ArchiveDigest) -> String {
    format!("tables/{name}/{slot}/{digest}.json.gz")
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

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"{
        "version": 1, "number": 7, "built_at": "2026-11-22T05:00:00Z", "generator": "tilegen 0.1.0",
        "cities": [], "layers": []
    }"#;

    #[test]
    fn a_manifest_from_before_there_were_tables_has_none_and_is_written_as_it_was() {
        let manifest = Manifest::parse(7, OLD.as_bytes()).unwrap();
        assert_eq!(manifest.tables, []);
        let (before, after): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(OLD).unwrap(), serde_json::to_value(&manifest).unwrap());
        assert_eq!(before, after);
    }

    #[test]
    fn a_table_name_stays_inside_its_folder() {
        for name in ["", "/", "a/", "/a", "a/b/c", "../a", "a/..", "A", "a b", "a//b", "-a", "a@b"]
        {
            assert!(name.parse::<TableName>().is_err(), "{name}");
        }
        for name in ["options", "coverage-grid/tehran", "vendors/city-2"] {
            assert_eq!(name.parse::<TableName>().map(String::from), Ok(name.to_owned()));
        }
    }
}
