//! Requests: what somebody asked to be built anew, found at a run's start and removed once its map is
//! published. One that comes while the run is at work stays for the next: its asker may know of data
//! that this run did not read.

use tilecore::LayerSpec;
use tilecore::request::{asked_at, request_folder};

use crate::store::{Store, StoreError};

/// The requests that waited for some layers when a run began.
pub struct Requests {
    store: Store,
    keys: Vec<String>,
}

impl Requests {
    /// What waits for these layers now.
    pub fn find(store: Store, layers: &[LayerSpec]) -> Result<Self, StoreError> {
        let mut keys = Vec::new();
        for layer in layers {
            let listed = store.list(&request_folder(layer.id))?;
            let names = listed.into_iter().map(|object| object.location.to_string());
            keys.extend(names.filter(|key| asked_at(key).is_some()));
        }
        Ok(Self { store, keys })
    }

    /// How many wait.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nobody asked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Removes them: what they asked for is published. One that cannot be removed is fulfilled
    /// once more by the next run.
    pub fn fulfil(self) {
        for key in &self.keys {
            match self.store.remove(key) {
                Ok(()) => tracing::info!(key, "request fulfilled"),
                Err(error) => tracing::warn!(key, %error, "a fulfilled request stays"),
            }
        }
    }
}
