//! Why a store could not be used.

use std::path::PathBuf;

use tilecore::object_key::KeyError;

/// Why a store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is neither a folder nor a supported URL.
    #[error("`{address}` is neither a folder nor the URL of a store (file, s3, gs, az, https)")]
    Address {
        /// The address given.
        address: String,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder does not exist.
    #[error("the store folder {path} does not exist")]
    MissingFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder could not be created.
    #[error("could not create the store folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// Unfinished uploads could not be found or removed.
    #[error("could not remove unfinished uploads from {path}")]
    CleanUp {
        /// The folder or file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The runtime could not be started.
    #[error("could not start the async runtime")]
    Runtime(#[source] std::io::Error),
    /// The address contains a key that cannot be used.
    #[error("could not open the store {address}")]
    AddressKey {
        /// The address given.
        address: String,
        /// Cause.
        #[source]
        source: KeyError,
    },
    /// The key of an object or folder cannot be used.
    #[error("could not {verb} {}", name(key, address))]
    Key {
        /// The operation.
        verb: &'static str,
        /// The key.
        key: String,
        /// Address of the store.
        address: String,
        /// Cause.
        #[source]
        source: KeyError,
    },
    /// The store replaced an object that it should only have created if it was absent.
    #[error(
        "the store {address} replaces objects that it was asked to create only if they are absent \
         (`If-None-Match: *`), so one of two jobs that publish at the same time would lose its layers; nothing is published; update the \
         store or set it up so that it supports conditional writes, or publish to another store"
    )]
    ReplacesObjects {
        /// Address of the store.
        address: String,
    },
    /// The client of the store cannot ask it to create an object only if it is absent.
    #[error(
        "nothing can be published to {address}, because the client is configured without conditional writes \
         (`If-None-Match: *`); remove `AWS_CONDITIONAL_PUT` from the environment, or publish to another store"
    )]
    NoCreateOnly {
        /// Address of the store.
        address: String,
        /// Cause.
        #[source]
        source: object_store::Error,
    },
    /// A call failed.
    #[error("could not {verb} {}", name(key, address))]
    Call {
        /// The operation.
        verb: &'static str,
        /// Key of the object, or the prefix that was listed: empty for the whole store.
        key: String,
        /// Address of the store.
        address: String,
        /// Cause.
        #[source]
        source: object_store::Error,
    },
}

/// An object or folder of a store, or the store itself.
fn name(key: &str, address: &str) -> String {
    match key {
        "" => format!("the store {address}"),
        _ => format!("{key} in the store {address}"),
    }
}

impl StoreError {
    /// Whether the object to create already exists.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        matches!(self, Self::Call { source: object_store::Error::AlreadyExists { .. }, .. })
    }

    /// Whether the object does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Call { source: object_store::Error::NotFound { .. }, .. })
    }
}
