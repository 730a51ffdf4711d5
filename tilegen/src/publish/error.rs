//! Why nothing was published.

use tilecore::Slot;
use tilecore::manifest::ManifestError;

use super::hold::HeldError;
use super::verify::VerifyError;
use crate::store::StoreError;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A store operation failed.
    #[error("a store operation failed")]
    Store(#[from] StoreError),
    /// The bytes read back differ from those written.
    #[error("object {key} does not match the digest in its key; remove it and build again")]
    ReadBack {
        /// The object.
        key: String,
    },
    /// The archive that was read back failed verification.
    #[error("archive {key} did not pass verification and is not published")]
    Verify {
        /// The archive.
        key: String,
        /// Cause.
        #[source]
        source: VerifyError,
    },
    /// A manifest cannot be read.
    #[error("could not read manifest {key}")]
    Manifest {
        /// The manifest.
        key: String,
        /// Cause.
        #[source]
        source: ManifestError,
    },
    /// The store returned only a part of a manifest.
    #[error("the store returned only {read} of the {listed} bytes of {key}; run the job again")]
    Incomplete {
        /// The manifest.
        key: String,
        /// Bytes that were read.
        read: u64,
        /// Its length in the listing.
        listed: u64,
    },
    /// The record of a public window is damaged.
    #[error(
        "could not read {key}, the record of a published window; restore it from a backup, because a public window must not be built twice"
    )]
    Window {
        /// The record.
        key: String,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// The job is held.
    #[error("nothing was published")]
    Held(#[source] HeldError),
    /// An object was removed while it was being published.
    #[error(
        "object {key} was removed while it was being published, so the previous map was published again; run the job again"
    )]
    ObjectRemoved {
        /// The object.
        key: String,
    },
    /// The store let another job replace the manifest that was just created.
    #[error(
        "the store {store} let another job replace {key}, which this job had just created and which must never \
         change, so the layers of this job are not published; update the store or set it up so that it supports \
         conditional writes (`If-None-Match: *`), or publish to another store"
    )]
    ManifestReplaced {
        /// The manifest.
        key: String,
        /// Address of the store.
        store: String,
    },
    /// An archive of an internal layer would be public.
    #[error(
        "{layer}/{slot} is marked as public, but the layer {layer} is internal; nothing was published"
    )]
    InternalLayer {
        /// The layer.
        layer: String,
        /// The slot.
        slot: Slot,
    },
    /// Other builds took the next number on every attempt.
    #[error("other builds published every map up to number {number} first; run the job again")]
    TooManyConflicts {
        /// The last number tried.
        number: u64,
    },
}
