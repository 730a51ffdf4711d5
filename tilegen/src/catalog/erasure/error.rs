//! Why people were not erased.

use crate::catalog::CatalogError;
use crate::fetch::erase::EraseInputsError;
use crate::publish::PublishError;
use crate::publish::lease::LeaseError;
use crate::store::StoreError;

/// Why people were not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The inputs could not be changed.
    #[error(transparent)]
    Inputs(#[from] EraseInputsError),
    /// A build is running.
    #[error("a build may read the old orders; wait until it has ended")]
    Lease(#[from] LeaseError),
    /// The store failed.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The catalog could not be read or changed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The record of an erasure is damaged.
    #[error("could not read the record {key} of an erasure; remove it and run the command again")]
    Record {
        /// Its key.
        key: String,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
}
