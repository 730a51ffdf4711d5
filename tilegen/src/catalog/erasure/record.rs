//! The record of an erasure in the store. It has no id, and no digest of one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::error::EraseError;
use crate::catalog::retire::ERASURE_FOLDER;
use crate::store::{GENERATOR, Store};

/// The record of an erasure, `private/erasures/{milliseconds since 1970}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ErasureRecord {
    /// When it began.
    pub(super) began_at: Timestamp,
    /// Program and version.
    generator: String,
    /// Number of people.
    pub(super) users: u64,
    /// Days of the inputs that had rows of them.
    pub(super) days: BTreeSet<Date>,
    /// Number of their rows, also in files that were replaced already.
    pub(super) rows: u64,
    /// Since when the inputs have had no row of them, by the store's clock.
    pub(super) inputs_clean_since: Option<Timestamp>,
    /// Number of removed objects of former maps.
    removed_objects: u64,
    /// When it was finished.
    finished_at: Option<Timestamp>,
}

impl ErasureRecord {
    /// The record of an erasure that begins now.
    pub(super) fn new(users: u64) -> Self {
        Self {
            began_at: Timestamp::now(),
            generator: GENERATOR.to_owned(),
            users,
            days: BTreeSet::new(),
            rows: 0,
            inputs_clean_since: None,
            removed_objects: 0,
            finished_at: None,
        }
    }

    /// The last erasure, if it is not finished.
    pub(super) fn unfinished(store: &Store) -> Result<Option<Self>, EraseError> {
        let listed = store.list(ERASURE_FOLDER)?;
        let Some(last) = listed.last() else { return Ok(None) };
        let key = last.location.to_string();
        let record: Self = serde_json::from_slice(&store.get(&key)?)
            .map_err(|source| EraseError::Record { key, source })?;
        Ok(Some(record).filter(|record| record.finished_at.is_none()))
    }

    /// Writes the record.
    pub(super) fn write(&self, store: &Store) -> Result<(), EraseError> {
        let key = format!("{ERASURE_FOLDER}/{:013}.json", self.began_at.as_millisecond());
        // Numbers, dates and times always serialise.
        let bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        Ok(store.overwrite(&key, bytes.into())?)
    }

    /// Records that the erasure is finished.
    pub(super) fn finish(&mut self, store: &Store, removed: u64) -> Result<(), EraseError> {
        self.removed_objects = removed;
        self.finished_at = Some(Timestamp::now());
        self.write(store)
    }
}
