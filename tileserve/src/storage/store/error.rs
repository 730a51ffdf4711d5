//! Errors of the store.

use std::path::PathBuf;
use std::time::Duration;

use tilecore::object_key::KeyError;

/// Why a read from the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be opened.
    #[error("the store {} is not a readable folder", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        #[source]
        source: Box<object_store::Error>,
    },
    /// The address is not that of a store.
    #[error("the store {url} cannot be used")]
    Address {
        /// The address.
        url: String,
        /// The cause.
        #[source]
        source: Box<object_store::Error>,
    },
    /// The key of an object cannot be used.
    #[error("could not read {key}")]
    Key {
        /// The key.
        key: String,
        /// The cause.
        #[source]
        source: KeyError,
    },
    /// The store responds that it has no such object.
    #[error("the store has no object {key}")]
    Missing {
        /// The object.
        key: String,
    },
    /// The store does not respond, or responds with an error.
    #[error("could not read {key}")]
    Unreachable {
        /// The object.
        key: String,
        /// The cause.
        #[source]
        source: Box<object_store::Error>,
    },
    /// The folder of the store has vanished.
    #[error("the store folder {} no longer exists", folder.display())]
    FolderMissing {
        /// The folder.
        folder: PathBuf,
    },
    /// No response in time.
    #[error("no response for {key} within {} seconds", timeout.as_secs_f32())]
    Timeout {
        /// The object.
        key: String,
        /// The timeout.
        timeout: Duration,
    },
    /// The object is larger than it may be.
    #[error("object {key} has {bytes} bytes; the limit is {limit}")]
    TooLong {
        /// The object.
        key: String,
        /// Its length.
        bytes: u64,
        /// Most bytes read.
        limit: u64,
    },
    /// The object was replaced since it was opened.
    #[error("object {key} was replaced since it was opened")]
    Replaced {
        /// The object.
        key: String,
    },
    /// The store returned another number of bytes than were requested.
    #[error("object {key} returned {received} bytes instead of {requested}")]
    WrongLength {
        /// The object.
        key: String,
        /// Bytes requested.
        requested: u64,
        /// Bytes received.
        received: u64,
    },
}
