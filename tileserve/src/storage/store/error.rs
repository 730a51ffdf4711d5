//! What may go wrong with a store.

use std::path::PathBuf;
use std::time::Duration;

/// Why the store did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder is not there.
    #[error("the store {} is not a folder that can be read", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        #[source]
        source: Box<object_store::Error>,
    },
    /// The address means no store.
    #[error("the store {url} cannot be used")]
    Address {
        /// The address.
        url: String,
        /// The cause.
        #[source]
        source: Box<object_store::Error>,
    },
    /// The store answers, and has no such object.
    #[error("the store has no object {key}")]
    Missing {
        /// The object.
        key: String,
    },
    /// The store does not answer, or not with what was asked.
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
    /// No answer in time.
    #[error("no answer for {key} within {} seconds", deadline.as_secs_f32())]
    Late {
        /// The object.
        key: String,
        /// How long we waited.
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
    /// The object is not the one that it was.
    #[error("object {key} was replaced since it was opened")]
    Replaced {
        /// The object.
        key: String,
    },
    /// The store gave other bytes than were asked for.
    #[error("object {key} gave {got} bytes where {asked} were asked for")]
    Cut {
        /// The object.
        key: String,
        /// Bytes asked for.
        asked: u64,
        /// Bytes that came.
        got: u64,
    },
}
