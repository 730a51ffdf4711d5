//! Lineage: which input an archive or table was made from, and when the next one is due.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::ArchiveDigest;

/// How an archive or table came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// Program and version.
    pub generator: String,
    /// Commit of the program's sources, where the program was told it when it was compiled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Rows read.
    pub rows: u64,
    /// Rows rejected, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rejects: BTreeMap<String, u64>,
    /// When the next build should have replaced this one, where builds come at a known pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<Timestamp>,
    /// Name of the list of input files, [`lineage_key`].
    pub lineage: ArchiveDigest,
}

/// The list of files that a build read, in the order of kinds and names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The files.
    pub inputs: Vec<InputFile>,
}

/// A file that a build read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InputFile {
    /// What it holds: `orders`, `vendors`, `grades`, `targets`, `areas`.
    pub kind: String,
    /// Path or URL, as it was given.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Names the content: `xxh128:` and its XXH3 hash of 128 bits, or `etag:` and the tag that the
    /// object store has given it.
    pub digest: String,
}

/// Key of a list of input files in the store.
#[must_use]
pub fn lineage_key(digest: ArchiveDigest) -> String {
    format!("{LINEAGE_FOLDER}/{digest}.json")
}

/// Folder of the lists of input files in the store.
pub const LINEAGE_FOLDER: &str = "lineage";
