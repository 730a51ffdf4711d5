//! The newest manifest of a store: the one with the highest number that can be read.
//!
//! A damaged manifest is skipped, so that it does not stop the jobs. A manifest of a newer version is
//! not damaged, and neither is one that the store does not return: both are errors.

use bytes::Bytes;
use object_store::ObjectMeta;
use tilecore::manifest::{
    Job, MANIFEST_FOLDER, Manifest, ManifestError, manifest_key, manifest_number,
};

use super::error::PublishError;
use super::hold::{HeldError, hold_in};
use crate::store::{Store, local_path};

/// What a store has at the end of its list of manifests.
#[derive(Debug, Default)]
pub struct Newest {
    /// The newest manifest that can be read; `None` if the store has no manifest.
    pub manifest: Option<Manifest>,
    /// The highest number of a manifest, damaged or not; 0 if there is none.
    pub highest: u64,
    /// Numbers of the damaged manifests above it, highest first.
    pub damaged: Vec<u64>,
}

/// Most listings, if a listed manifest is removed before it is read.
const MAX_LISTINGS: u32 = 3;

/// The newest manifest, or `None` if the store has none. Damaged ones are logged.
pub fn newest_manifest(store: &Store) -> Result<Option<Manifest>, PublishError> {
    find_newest(store).map(|newest| newest.manifest)
}

/// The newest manifest, and the damaged ones above it, which are logged.
pub fn find_newest(store: &Store) -> Result<Newest, PublishError> {
    let mut listings = 1;
    loop {
        match find_in_listing(store) {
            Err(PublishError::Store(error)) if error.is_not_found() && listings < MAX_LISTINGS => {
                listings += 1;
            }
            found => return found,
        }
    }
}

fn find_in_listing(store: &Store) -> Result<Newest, PublishError> {
    let listed = store.list(MANIFEST_FOLDER)?;
    let mut newest = Newest::default();
    let mut first_fault = None;
    // Keys sort by number.
    for object in listed.iter().rev() {
        let Some(number) = manifest_number(object.location.as_ref()) else { continue };
        newest.highest = newest.highest.max(number);
        match Manifest::parse(number, &read_listed(store, object)?) {
            Ok(manifest) => {
                newest.manifest = Some(manifest);
                return Ok(newest);
            }
            Err(source) if source.is_damage() => {
                let key = manifest_key(number);
                let cause = tilecore::error::chain(&source);
                tracing::warn!(
                    key,
                    cause,
                    "the manifest is damaged and is skipped; `tilegen catalog repair` replaces it"
                );
                newest.damaged.push(number);
                first_fault.get_or_insert(PublishError::Manifest { key, source });
            }
            Err(source) => {
                return Err(PublishError::Manifest { key: manifest_key(number), source });
            }
        }
    }
    // A map without anything must not follow maps that are all damaged.
    first_fault.map_or(Ok(newest), Err)
}

/// Reads a listed object. Bytes that are missing at its end are an error of the store, not damage.
fn read_listed(store: &Store, object: &ObjectMeta) -> Result<Bytes, PublishError> {
    let key = object.location.to_string();
    let bytes = store.get(&key)?;
    let (read, listed) = (bytes.len() as u64, object.size);
    // The object may have been restored since it was listed.
    if read == listed || store.head(&key)?.size == read {
        Ok(bytes)
    } else {
        Err(PublishError::Incomplete { key, read, listed })
    }
}

/// The hold of a job in the store at an address. A folder that does not exist has none.
pub fn find_hold(address: &str, job: Job) -> Result<Option<HeldError>, PublishError> {
    if local_path(address).is_some_and(|folder| !folder.is_dir()) {
        return Ok(None);
    }
    let newest = newest_manifest(&Store::open(address, false)?)?;
    Ok(newest.and_then(|newest| hold_in(&newest, [job])))
}

/// The manifest with this number.
pub fn read_manifest(store: &Store, number: u64) -> Result<Manifest, PublishError> {
    let key = manifest_key(number);
    let bytes = store.get(&key)?;
    Manifest::parse(number, &bytes).map_err(|source| PublishError::Manifest { key, source })
}

/// The number and fault of each damaged manifest of a store, highest first.
pub(crate) fn damaged_manifests(
    store: &Store,
) -> Result<Vec<(u64, Bytes, ManifestError)>, PublishError> {
    let mut damaged = Vec::new();
    for object in store.list(MANIFEST_FOLDER)?.iter().rev() {
        let Some(number) = manifest_number(object.location.as_ref()) else { continue };
        let bytes = read_listed(store, object)?;
        match Manifest::parse(number, &bytes) {
            Err(fault) if fault.is_damage() => damaged.push((number, bytes, fault)),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(damaged)
}
