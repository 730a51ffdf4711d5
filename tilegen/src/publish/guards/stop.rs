//! Stops: why a guard stopped the last run of a command. A stopped run publishes nothing, so the reason is
//! in an object of its own, which the next run that publishes removes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::{Store, StoreError};

/// Folder of the stops in the store, below that of the private reports: they contain exact counts too.
pub const STOP_FOLDER: &str = "private/stops";

/// Why the last run of a command was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The tilegen command, such as `density`.
    pub command: String,
    /// When.
    pub at: Timestamp,
    /// Why, in words.
    pub reason: String,
    /// The `--accept` values for the data; empty if they cannot be accepted.
    #[serde(default)]
    pub accept: Vec<String>,
}

fn key(command: &str) -> String {
    format!("{STOP_FOLDER}/{command}.json")
}

impl Stop {
    /// Records the stop. It replaces an earlier one of the same command.
    ///
    /// # Errors
    /// If the store does not store it.
    pub fn record(&self, store: &Store) -> Result<(), StoreError> {
        // Strings and a time always serialise.
        store.overwrite(&key(&self.command), serde_json::to_vec(self).unwrap_or_default().into())
    }

    /// The stop of a command, if its last run was stopped. One that is not readable is none.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn find(store: &Store, command: &str) -> Result<Option<Self>, StoreError> {
        match store.get(&key(command)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes the stop of a command, because a run has published.
    ///
    /// # Errors
    /// If the store does not remove it.
    pub fn clear(store: &Store, command: &str) -> Result<(), StoreError> {
        match Self::find(store, command)? {
            Some(_) => store.remove(&key(command)),
            None => Ok(()),
        }
    }
}
