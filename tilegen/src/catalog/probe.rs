//! The proof that a store can be published to, before anything is.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::CatalogError;
use crate::publish::newest_manifest;
use crate::store::Store;

/// What a store proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Probed {
    /// Number of its newest map; `None` if nothing is published.
    pub newest_map: Option<u64>,
    /// Seconds by which its clock is ahead of the clock of this machine.
    pub clock_ahead_seconds: i64,
}

/// Reads the newest manifest, writes and removes small objects, and proves that the store creates an
/// object only if it is absent. Nothing stays in the store.
pub fn probe(store: &Store) -> Result<Probed, CatalogError> {
    store.check_create_only()?;
    let newest = newest_manifest(store)?;
    let clock_ahead_seconds = store.now()?.as_second() - Timestamp::now().as_second();
    Ok(Probed { newest_map: newest.map(|manifest| manifest.number), clock_ahead_seconds })
}

impl fmt::Display for Probed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.newest_map {
            Some(number) => writeln!(f, "the newest map is {number}")?,
            None => writeln!(f, "nothing is published")?,
        }
        writeln!(f, "objects are created only if they are absent")?;
        writeln!(f, "the clock of the store is {} s ahead", self.clock_ahead_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_of_an_empty_store_leaves_nothing_there() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().to_str().unwrap(), true).unwrap();
        let probed = probe(&store).unwrap();
        assert_eq!(probed.newest_map, None);
        assert!(probed.clock_ahead_seconds.abs() <= 1, "{probed:?}");
        assert!(store.list("").unwrap().is_empty());
    }

    #[test]
    fn a_store_that_can_only_be_read_fails_the_probe() {
        let store = Store::open("https://host.invalid/map", false).unwrap();
        assert!(probe(&store).is_err());
    }
}
