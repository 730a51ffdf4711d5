//! Rebuild requests: found when a run starts, removed when its map is published. A request that arrives
//! during the run is left for the next one, because it may be about data that this run did not read.

use bytes::Bytes;
use jiff::Timestamp;
use tilecore::LayerSpec;
use tilecore::rebuild_request::{asked_at, request_folder, request_key};

use crate::store::{Store, StoreError, local_path};

/// Requests a rebuild of a layer, unless one is pending.
///
/// # Errors
/// If the store cannot be read or written.
pub fn request_rebuild(store: &Store, layer: &str) -> Result<(), StoreError> {
    let folder = request_folder(layer);
    let listed = store.list(&folder)?;
    if listed.iter().any(|object| asked_at(object.location.as_ref()).is_some()) {
        return Ok(());
    }
    let key = request_key(layer, Timestamp::now(), &format!("{:08x}", std::process::id()));
    store.create(&key, Bytes::from_static(b"{}"))
}

/// The rebuild requests that were pending for some layers when a run started.
#[derive(Default)]
pub struct RebuildRequests {
    /// `None` if the store does not exist yet.
    store: Option<Store>,
    keys: Vec<String>,
}

impl RebuildRequests {
    /// Finds the pending requests for these layers in the store at an address. A folder that does
    /// not exist is not created, because the run may fail.
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

    /// Whether there is no request.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Removes the requests after their layers were published. A request that cannot be removed leads
    /// to one more build.
    pub fn fulfil(self) {
        let Some(store) = self.store else { return };
        for key in &self.keys {
            match store.remove(key) {
                Ok(()) => tracing::info!(key, "rebuild request fulfilled"),
                Err(error) => {
                    tracing::warn!(key, %error, "could not remove a fulfilled rebuild request");
                }
            }
        }
    }
}
