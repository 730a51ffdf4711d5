//! Difference: what changed from one map to another.

use std::fmt;

use serde::Serialize;
use tilecore::ArchiveDigest;
use tilecore::manifest::Manifest;

use super::entries::{self, Entry};

/// What changed from one map to another, by layer or table and slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Number of the first map.
    pub from: u64,
    /// Number of the second map.
    pub to: u64,
    /// What differs; all else is the same.
    pub changes: Vec<Change>,
}

/// One slot that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Layer or table, and slot.
    pub place: String,
    /// As it was; nothing if it is new.
    pub before: Option<Version>,
    /// As it is; nothing if it is gone.
    pub after: Option<Version>,
}

/// What is published in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Name of its bytes.
    pub digest: ArchiveDigest,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether builders leave it alone.
    pub pinned: bool,
}

impl From<&Entry> for Version {
    fn from(entry: &Entry) -> Self {
        Self { digest: entry.digest, bytes: entry.bytes, pinned: entry.pinned }
    }
}

/// What changed from one map to another.
#[must_use]
pub fn difference(before: &Manifest, after: &Manifest) -> Difference {
    let (old, new) = (entries::all(before), entries::all(after));
    let mut places: Vec<String> = old.iter().chain(&new).map(ToString::to_string).collect();
    places.sort_unstable();
    places.dedup();
    let version = |entries: &[Entry], place: &str| {
        entries.iter().find(|entry| entry.to_string() == place).map(Version::from)
    };
    let changes = places.into_iter().filter_map(|place| {
        let (before, after) = (version(&old, &place), version(&new, &place));
        (before != after).then_some(Change { place, before, after })
    });
    Difference { from: before.number, to: after.number, changes: changes.collect() }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return writeln!(f, "maps {} and {} list the same", self.from, self.to);
        }
        let tell = |version: Option<Version>| match version {
            None => "nothing".to_owned(),
            Some(Version { digest, bytes, pinned }) => {
                let pin = if pinned { ", pinned" } else { "" };
                format!("{digest} ({bytes} bytes{pin})")
            }
        };
        for Change { place, before, after } in &self.changes {
            writeln!(f, "{place}: {} → {}", tell(*before), tell(*after))?;
        }
        Ok(())
    }
}
