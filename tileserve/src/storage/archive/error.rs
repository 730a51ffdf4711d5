//! Errors of archives.

use tilecore::ArchiveDigest;
use tilecore::archive::{GzipError, HeaderError, IndexError};

use crate::storage::store::StoreError;

/// Why an archive, or a tile of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It could not be read.
    #[error("archive {key} could not be read")]
    Store {
        /// The archive.
        key: String,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// It could not be read from the disk cache.
    #[error("the copy of archive {key} in the disk cache could not be read")]
    Disk {
        /// The archive.
        key: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// It has another length than the manifest says.
    #[error("archive {key} has {found} bytes; the manifest says {expected}")]
    Length {
        /// The archive.
        key: String,
        /// Bytes by the manifest.
        expected: u64,
        /// Bytes in the store.
        found: u64,
    },
    /// Its bytes are not those that were published.
    #[error("the content of archive {key} has the digest {found}")]
    Digest {
        /// The archive.
        key: String,
        /// Digest of the bytes in the store.
        found: ArchiveDigest,
    },
    /// Its key has another object now.
    #[error("archive {key} has changed since it was opened")]
    Changed {
        /// The archive.
        key: String,
    },
    /// Its header is malformed.
    #[error("archive {key} has an invalid header")]
    Header {
        /// The archive.
        key: String,
        /// The cause.
        #[source]
        source: HeaderError,
    },
    /// Its directories are damaged.
    #[error("archive {key} has invalid directories")]
    Index {
        /// The archive.
        key: String,
        /// The cause.
        #[source]
        source: IndexError,
    },
    /// Its metadata is damaged.
    #[error("archive {key} has invalid metadata: {reason}")]
    Metadata {
        /// The archive.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// Its tiles are not compressed with gzip.
    #[error("archive {key} has tiles that are not gzip")]
    Compression {
        /// The archive.
        key: String,
    },
    /// Its list of hashes belongs to another archive.
    #[error("archive {key} has {entries} entries, but its list of hashes has {bytes} bytes")]
    Hashes {
        /// The archive.
        key: String,
        /// Entries of the directories.
        entries: usize,
        /// Bytes of the list.
        bytes: usize,
    },
    /// A tile's bytes are not those that were published.
    #[error("entry {entry} of archive {key} does not match its hash")]
    Tile {
        /// The archive.
        key: String,
        /// Place in directory order.
        entry: u32,
    },
    /// A tile could not be unpacked.
    #[error("entry {entry} of archive {key} could not be unpacked")]
    Unpack {
        /// The archive.
        key: String,
        /// Place in directory order.
        entry: u32,
        /// The cause.
        #[source]
        source: GzipError,
    },
    /// Tiles could not be merged.
    #[error("the tiles of {keys} could not be composed: {reason}")]
    Compose {
        /// The archives.
        keys: String,
        /// Why not.
        reason: String,
    },
}

impl ArchiveError {
    /// Whether the archive itself is damaged or missing, so that a retry does not help.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        match self {
            Self::Store { source, .. } => {
                matches!(source, StoreError::Missing { .. } | StoreError::WrongLength { .. })
            }
            Self::Disk { .. } => false,
            _ => true,
        }
    }

    /// Whether the store responds that it has no such archive.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Store { source: StoreError::Missing { .. }, .. })
    }
}
