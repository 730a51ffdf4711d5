//! Lineage: the input files of an archive or table, and when the next build is due.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::ArchiveDigest;

/// The build of an archive or table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// Program and version that built it.
    pub generator: String,
    /// Commit of the program's sources, if it was known at compile time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Number of rows read.
    pub rows: u64,
    /// Number of rejected rows, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rejects: BTreeMap<String, u64>,
    /// The time that the build took as the current time. It is not part of the lineage, so builds of the same
    /// files share one list of input files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
    /// When the next build is due, if the interval between builds is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Timestamp>,
    /// Digest of the list of input files; see [`lineage_key`].
    pub lineage: ArchiveDigest,
    /// The sources whose rows the input joins, if `tilegen fetch` has joined them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<InputSource>,
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// A source of an input, and how old its rows are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSource {
    /// Its name in the configuration.
    pub name: String,
    /// Number of its rows.
    pub rows: u64,
    /// When they were current: when a system was asked, or when a file was written.
    pub data_at: Timestamp,
    /// The age in seconds at which they are too old.
    pub max_age_seconds: u64,
}

/// The files that a build read, sorted by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The files.
    pub inputs: Vec<InputFile>,
}

/// A file that a build read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputFile {
    /// Kind of data: `orders`, `vendors`, `grades`, `targets`, `areas`.
    pub kind: String,
    /// Path or URL as given on the command line.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Identifies the content: `xxh128:` and its 128-bit XXH3 hash, `etag:` and the ETag from the object
    /// store, or `modified:` and the modification time.
    pub digest: String,
}

/// Key of a list of input files in the store.
#[must_use]
pub fn lineage_key(digest: ArchiveDigest) -> String {
    format!("{LINEAGE_FOLDER}/{digest}.json")
}

/// Directory of the lists of input files in the store.
pub const LINEAGE_FOLDER: &str = "lineage";
