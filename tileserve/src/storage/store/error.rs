//! Errors of the store.

use std::path::PathBuf;
use std::time::Duration;

/// Why a read from the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be opened.
    #[error("the store {} is not a folder that can be read", folder.display())]
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
    #[error("the folder {} is gone", folder.display())]
    Gone {
        /// The folder.
        folder: PathBuf,
    },
    /// No response in time.
    #[error("no answer for {key} within {} seconds", deadline.as_secs_f32())]
    Late {
        /// The object.
        key: String,
        /// The timeout.
        deadline: Duration,
    },
    /// The object is larger than it may be.
    #[error("object {key} has {bytes} bytes, at most {limit} are read")]
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
    #[error("object {key} gave {got} bytes where {asked} were asked for")]
    Cut {
        /// The object.
        key: String,
        /// Bytes requested.
        asked: u64,
        /// Bytes received.
        got: u64,
    },
}
