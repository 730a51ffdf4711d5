//! Requests: what somebody asked to be built anew, found at a run's start and removed once its map is
//! published. One that comes while the run is at work stays for the next: its asker may know of data
//! that this run did not read.

use tilecore::LayerSpec;
use tilecore::rebuild_request::{asked_at, request_folder};

use crate::store::{Store, StoreError, local_path};

/// The requests that waited for some layers when a run began.
#[derive(Default)]
pub struct Requests {
    /// Nothing where there was no store yet.
    store: Option<Store>,
    keys: Vec<String>,
}

impl Requests {
    /// What waits for these layers now in the store of an address. A folder that does not exist is
    /// not made: the run may come to nothing.
    pub fn find(address: &str, layers: &[LayerSpec]) -> Result<Self, StoreError> {
        if local_path(address).is_some_and(|folder| !folder.is_dir()) {
            return Ok(Self::default());
        }
        let store = Store::open(address, false)?;
        let mut keys = Vec::new();
        for layer in layers {
            let listed = store.list(&request_folder(layer.id))?;
            let names = listed.into_iter().map(|object| object.location.to_string());
            keys.extend(names.filter(|key| asked_at(key).is_some()));
        }
        Ok(Self { store: Some(store), keys })
    }

    /// Whether nobody asked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Removes them: what they asked for is published. One that cannot be removed is fulfilled
    /// once more by the next run.
    pub fn fulfil(self) {
        let Some(store) = self.store else { return };
        for key in &self.keys {
            match store.remove(key) {
                Ok(()) => tracing::info!(key, "request fulfilled"),
                Err(error) => tracing::warn!(key, %error, "a fulfilled request stays"),
            }
        }
    }
}
