//! What changed between two maps.

use std::fmt;

use serde::Serialize;
use tilecore::ArchiveDigest;
use tilecore::manifest::Manifest;

use super::entries::{self, Entry};

/// What changed between two maps, by layer or table and slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Number of the first map.
    pub from: u64,
    /// Number of the second map.
    pub to: u64,
    /// The slots that differ.
    pub changes: Vec<Change>,
}

/// One slot that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Layer or table, and slot.
    pub slot_path: String,
    /// What the first map lists; `None` if the slot is new.
    pub before: Option<Version>,
    /// What the second map lists; `None` if the slot was removed.
    pub after: Option<Version>,
}

/// What is published in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Digest of its bytes.
    pub digest: ArchiveDigest,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether builds leave it unchanged.
    pub pinned: bool,
}

impl From<&Entry> for Version {
    fn from(entry: &Entry) -> Self {
        Self { digest: entry.digest, bytes: entry.bytes, pinned: entry.pinned }
    }
}

/// What changed between two maps.
#[must_use]
pub fn difference(before: &Manifest, after: &Manifest) -> Difference {
    let (old, new) = (entries::all(before), entries::all(after));
    let mut slot_paths: Vec<String> = old.iter().chain(&new).map(ToString::to_string).collect();
    slot_paths.sort_unstable();
    slot_paths.dedup();
    let version = |entries: &[Entry], slot_path: &str| {
        entries.iter().find(|entry| entry.to_string() == slot_path).map(Version::from)
    };
    let changes = slot_paths.into_iter().filter_map(|slot_path| {
        let (before, after) = (version(&old, &slot_path), version(&new, &slot_path));
        (before != after).then_some(Change { slot_path, before, after })
    });
    Difference { from: before.number, to: after.number, changes: changes.collect() }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return writeln!(f, "maps {} and {} list the same", self.from, self.to);
        }
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let describe = |version: Option<Version>| match version {
            None => "nothing".to_owned(),
            Some(Version { digest, bytes, pinned }) => {
                let pin = if pinned { ", pinned" } else { "" };
                format!("{digest} ({bytes} bytes{pin})")
            }
        };
        let Self { slot_path, before, after } = self;
        write!(f, "{slot_path}: {} → {}", describe(*before), describe(*after))
    }
}
