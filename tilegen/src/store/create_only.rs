//! The proof that a store creates an object only if it is absent. Publishing relies on it: if two jobs
//! write the same manifest at once, the store must refuse one of them.

use bytes::Bytes;
use jiff::Timestamp;

use super::path::Kind;
use super::{Store, StoreError};

/// Folder of the objects that the proof writes and removes.
pub(crate) const PROBE_FOLDER: &str = "probes";

impl Store {
    /// Proves that the store refuses to create an object that exists, with a small object that is
    /// created twice and removed. A later call does nothing, and a folder needs no proof: a file is
    /// created with a hard link, which never replaces one.
    pub fn check_create_only(&self) -> Result<(), StoreError> {
        if self.kind == Kind::Folder || self.creates_only.get().is_some() {
            return Ok(());
        }
        let now = Timestamp::now().as_nanosecond();
        let key = format!("{PROBE_FOLDER}/create-only-{now}-{}", std::process::id());
        // A repeated request can find the object that its first attempt has created.
        let is_first_refused = self.is_refused(&key, "first")?;
        let is_refused = if is_first_refused { Ok(true) } else { self.is_refused(&key, "second") };
        if let Err(error) = self.remove(&key) {
            tracing::warn!(key, %error, "could not remove a probe; `tilegen catalog retire` removes it later");
        }
        if is_refused? {
            let _ = self.creates_only.set(());
            return Ok(());
        }
        Err(StoreError::ReplacesObjects { address: self.address.clone() })
    }

    /// Whether the store refuses to create an object because it exists.
    fn is_refused(&self, key: &str, text: &'static str) -> Result<bool, StoreError> {
        match self.create(key, Bytes::from_static(text.as_bytes())) {
            Ok(()) => Ok(false),
            Err(error) if error.is_already_exists() => Ok(true),
            Err(StoreError::Call {
                source: source @ object_store::Error::NotImplemented { .. },
                address,
                ..
            }) => Err(StoreError::NoCreateOnly { address, source }),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_leaves_no_object() {
        let folder = tempfile::tempdir().unwrap();
        for address in ["memory:///", folder.path().to_str().unwrap()] {
            let store = Store::open(address, true).unwrap();
            for _ in 0..2 {
                store.check_create_only().unwrap();
                assert!(store.list("").unwrap().is_empty(), "{address}");
            }
        }
    }

    #[test]
    fn a_store_that_can_only_be_read_is_refused() {
        let store = Store::open("https://host.invalid/map", false).unwrap();
        let error = store.check_create_only().unwrap_err();
        assert!(matches!(error, StoreError::NoCreateOnly { .. }), "{error}");
    }
}
