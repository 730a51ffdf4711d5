//! Keys of the objects of a map in the store.

use std::str::FromStr;

use super::table_name::TableName;
use crate::digest::ArchiveDigest;
use crate::slot::Slot;

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
