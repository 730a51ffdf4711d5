//! Manifests: numbered lists of the archives and tables of a map.
//!
//! This file is the manifest and its entries. `job` says which job publishes which entry, `hold` is what a
//! manifest records of holds and rollbacks, and `guards` what it records of the guards of builds.

mod guards;
mod hold;
mod holiday;
mod job;
pub mod rebuild_request;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::ArchiveDigest;
use crate::layer::Visibility;
use crate::lineage::{Build, lineage_key};
use crate::slot::{Slot, is_plain_name};

pub use guards::{Guards, HeldBack};
pub use hold::{Hold, Rollback};
pub use holiday::Holiday;
pub use job::{Job, JobError, ORDER_STATISTICS};

/// Version of the manifest format.
pub const MANIFEST_VERSION: u32 = 1;

/// A published map: its archives and tables. Written once under its number. The default has nothing and is not
/// published: publishing sets version, number, time and generator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format, [`MANIFEST_VERSION`].
    pub version: u32,
    /// Number of the map. The manifest with the highest number is the current map.
    pub number: u64,
    /// When it was written.
    pub built_at: Timestamp,
    /// Program and version that wrote it.
    pub generator: String,
    /// Cities to choose from in the page.
    pub cities: Vec<City>,
    /// The archives, by layer and slot.
    pub layers: Vec<LayerEntry>,
    /// The tables, by name and slot. Older manifests have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableEntry>,
    /// The private report of the last build of each job; see [`report_key`]. Older manifests have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reports: BTreeMap<String, ArchiveDigest>,
    /// What guards have held back, and what operators have accepted.
    #[serde(flatten)]
    pub guards: Guards,
    /// The registry of business lines, in index order: attribute `l3` of any layer counts `lines[3]`. It is
    /// private, because it has lines that no public layer names. Manifests before 0.4 do not have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// The holidays among the days of the layers of orders.
    #[serde(
        default,
        deserialize_with = "holiday::listed_or_none",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub holidays: Vec<Holiday>,
    /// The jobs whose builds publish nothing for now. Servers older than 0.3 ignore them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// The last rollback of each job or layer, until a build publishes it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollbacks: Vec<Rollback>,
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// A city.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct City {
    /// Id in the city column of the orders.
    pub id: i64,
    /// Name in URLs.
    pub key: String,
    /// Persian name.
    pub name_fa: String,
    /// English name.
    pub name_en: String,
    /// Initial centre of the page's map: longitude and latitude in degrees.
    pub center: [f64; 2],
    /// Initial zoom of the page's map.
    pub zoom: f64,
    /// West, south, east, north in degrees. Orders of this city with a position outside are rejected.
    #[serde(rename = "box")]
    pub bounds: [f64; 4],
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

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

/// The name of a table: one or two segments, such as `options` or `vendors/tehran`.
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

/// The text is not a table name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a table name of one or two segments of lower-case letters, digits and hyphens"
)]
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

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The JSON is truncated or malformed.
    #[error("the manifest is not valid JSON of the expected form")]
    Malformed(#[from] serde_json::Error),
    /// A newer version wrote it, in a form that this one does not know.
    #[error(
        "the manifest has version {found}, but this program supports only version {MANIFEST_VERSION}; install a newer release"
    )]
    Version {
        /// Version in the document.
        found: u32,
    },
    /// The number in the document differs from that in the key.
    #[error("the manifest with number {key} in its key has number {found} in its content")]
    Number {
        /// Number in the object's key.
        key: u64,
        /// Number in the document.
        found: u64,
    },
}

impl ManifestError {
    /// Whether the manifest is damaged. One of another version is not.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::Number { .. } => true,
            Self::Version { .. } => false,
        }
    }
}

/// The version of a manifest in any form.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Manifest {
    /// Parses the manifest with this number in its key.
    pub fn parse(number: u64, bytes: &[u8]) -> Result<Self, ManifestError> {
        // Another version may have another form, so the version is read alone first.
        let Version { version } = serde_json::from_slice(bytes)?;
        if version != MANIFEST_VERSION {
            return Err(ManifestError::Version { found: version });
        }
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.number != number {
            return Err(ManifestError::Number { key: number, found: manifest.number });
        }
        Ok(manifest)
    }

    /// Keys of all objects of the map, with their lengths if the manifest has them.
    pub fn objects(&self) -> impl Iterator<Item = (String, Option<u64>)> {
        let archives = self.layers.iter().flat_map(|entry| {
            [(entry.archive_key(), Some(entry.bytes)), (entry.hashes_key(), None)]
        });
        let tables = self.tables.iter().map(|entry| (entry.key(), Some(entry.bytes)));
        let reports: BTreeSet<String> =
            self.reports.values().map(|&digest| report_key(digest)).collect();
        let others = self.lineages().into_iter().chain(reports);
        archives.chain(tables).chain(others.map(|key| (key, None)))
    }

    /// Keys of the lists of input files, without duplicates.
    fn lineages(&self) -> BTreeSet<String> {
        let layers = self.layers.iter().map(|entry| &entry.build);
        let builds = layers.chain(self.tables.iter().map(|entry| &entry.build)).flatten();
        builds.map(|build| lineage_key(build.lineage)).collect()
    }

    /// The archive of a slot of a layer.
    #[must_use]
    pub fn entry(&self, layer: &str, slot: &Slot) -> Option<&LayerEntry> {
        self.layers.iter().find(|entry| entry.layer == layer && entry.slot == *slot)
    }

    /// The hold of a job, if it has one that has not ended.
    #[must_use]
    pub fn hold(&self, job: Job, now: Timestamp) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.holds(job, now))
    }

    /// Business lines in index order: the registry, or the list of a layer that knows more lines. The index
    /// of a line never changes, so every list is a prefix of the longest one.
    #[must_use]
    pub fn line_registry(&self) -> Vec<String> {
        let complete = |entry: &LayerEntry| entry.lines.iter().cloned().collect::<Option<Vec<_>>>();
        let lists = self.layers.iter().filter_map(complete).chain([self.lines.clone()]);
        lists.max_by_key(Vec::len).unwrap_or_default()
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

    /// Key of the file with the hashes of its tiles.
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

/// Key of the tile hashes of an archive.
#[must_use]
pub fn hashes_key(layer: &str, slot: &Slot, digest: ArchiveDigest) -> String {
    format!("archives/{layer}/{slot}/{digest}.hashes")
}

/// Key of a table in the store.
#[must_use]
pub fn table_key(name: &TableName, slot: &Slot, digest: ArchiveDigest) -> String {
    format!("tables/{name}/{slot}/{digest}.json.gz")
}

/// Directory of the private reports in the store. They contain exact counts and are never served.
pub const REPORT_FOLDER: &str = "private";

/// Key of the private report of a build, with which the next build is compared.
#[must_use]
pub fn report_key(digest: ArchiveDigest) -> String {
    format!("{REPORT_FOLDER}/{digest}.json")
}

/// Directory of the manifests in the store.
pub const MANIFEST_FOLDER: &str = "manifests";

/// Key of a manifest: its number with ten digits, so that keys sort by number.
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

/// The number in the key of a manifest, or `None` if the key is not that of a manifest.
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
    fn an_old_manifest_without_tables_is_read_and_written_unchanged() {
        let manifest = Manifest::parse(7, OLD.as_bytes()).unwrap();
        assert_eq!(manifest.tables, []);
        let (before, after): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(OLD).unwrap(), serde_json::to_value(&manifest).unwrap());
        assert_eq!(before, after);
    }

    #[test]
    fn the_registry_of_lines_does_not_depend_on_what_a_public_layer_names() {
        let entry = |layer: &str, lines: Value| {
            serde_json::json!({
                "layer": layer, "slot": "28d", "visibility": "public", "lines": lines,
                "digest": "0123456789abcdef0123456789abcdef", "bytes": 1, "tiles": 1, "orders": 1,
                "built_at": "2026-11-22T05:00:00Z", "from": "2026-10-17", "to": "2026-11-13",
                "minzoom": 5, "maxzoom": 14, "bounds": [51.0, 35.0, 52.0, 36.0]
            })
        };
        let mut written: Value = serde_json::from_str(OLD).unwrap();
        let public = serde_json::json!(["Cafe", null, "Bakery"]);
        written["layers"] = serde_json::json!([entry("density-public", public)]);
        let read = |written: &Value| Manifest::parse(7, written.to_string().as_bytes()).unwrap();
        assert_eq!(read(&written).line_registry(), [""; 0]);
        written["layers"] =
            serde_json::json!([entry("density", serde_json::json!(["Cafe", "Meat"]))]);
        assert_eq!(read(&written).line_registry(), ["Cafe", "Meat"], "a manifest before 0.4");
        written["lines"] = serde_json::json!(["Cafe", "Meat", "Bakery"]);
        assert_eq!(read(&written).line_registry(), ["Cafe", "Meat", "Bakery"]);
    }

    #[test]
    fn fields_of_newer_versions_are_kept() {
        let mut written: Value = serde_json::from_str(OLD).unwrap();
        written["guards"] = serde_json::json!({"accepted": ["orders:tehran:2026-11-29"]});
        written["cities"] = serde_json::json!([{
            "id": 1, "key": "tehran", "name_fa": "تهران", "name_en": "Tehran", "center": [51.4, 35.7],
            "zoom": 10.5, "box": [50.9, 35.4, 51.8, 36.0], "districts": 22
        }]);
        written["holds"] = serde_json::json!([{
            "job": "timeline", "author": "a", "reason": "b", "since": "2026-11-22T05:00:00Z",
            "until": "2026-11-24T05:00:00Z", "ticket": 7
        }]);
        written["tables"] = serde_json::json!([{
            "name": "options", "slot": "now", "visibility": "public",
            "digest": "0123456789abcdef0123456789abcdef", "bytes": 1, "built_at": "2026-11-22T05:00:00Z",
            "data_at": "2026-11-22T05:00:00Z", "rows": 1, "pinned": false, "language": "fa",
            "build": {
                "generator": "tilegen 9", "rows": 1, "lineage": "0123456789abcdef0123456789abcdef",
                "seconds": 1.5
            }
        }]);
        let manifest = Manifest::parse(7, written.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&manifest).unwrap(), written);
        let during: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
        assert_eq!(manifest.hold(Job::Orders, during), None, "an unknown job holds no other");
    }

    #[test]
    fn a_hold_ends_at_its_end() {
        let mut written: Value = serde_json::from_str(OLD).unwrap();
        written["holds"] = serde_json::json!([{
            "job": "orders", "author": "a", "reason": "b", "since": "2026-11-22T05:00:00Z",
            "until": "2026-11-24T05:00:00Z"
        }]);
        let manifest = Manifest::parse(7, written.to_string().as_bytes()).unwrap();
        let is_held = |job, at: &str| manifest.hold(job, at.parse().unwrap()).is_some();
        assert!(is_held(Job::Orders, "2026-11-24T04:59:59Z"));
        assert!(!is_held(Job::Orders, "2026-11-24T05:00:00Z"));
        assert!(!is_held(Job::Snapshot, "2026-11-23T05:00:00Z"));
    }

    #[test]
    fn a_manifest_of_a_newer_version_is_not_damaged_whatever_its_form() {
        let newer = br#"{"version": 2, "entries": {}}"#;
        let error = Manifest::parse(7, newer).unwrap_err();
        assert!(matches!(error, ManifestError::Version { found: 2 }), "{error}");
        assert!(!error.is_damage());
        for damaged in [&b"{"[..], b"", b"[]", br#"{"version": 1}"#] {
            assert!(Manifest::parse(7, damaged).unwrap_err().is_damage());
        }
        assert!(Manifest::parse(8, OLD.as_bytes()).unwrap_err().is_damage(), "another number");
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
