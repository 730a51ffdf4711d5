//! Where an order file is: on the local disk, in a store or in memory.

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;

use crate::store::Store;

/// The location of one file.
#[derive(Clone)]
pub(super) enum Location {
    /// On the local disk.
    Local(PathBuf),
    /// In a store, under a key. Some stores have no entity tags.
    Stored { store: Store, key: String, len: u64, e_tag: Option<String> },
    /// In memory.
    Bytes(Bytes),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::Stored { store, key, .. } => {
                write!(f, "{}/{key}", store.address().trim_end_matches('/'))
            }
            Self::Bytes(_) => write!(f, "the file in memory"),
        }
    }
}
