//! Errors of a manifest, or of what it lists.

use tilecore::manifest::ManifestError;

use crate::map::tables::TableError;
use crate::storage::archive::ArchiveError;
use crate::storage::store::StoreError;

/// Why a manifest could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum MapVersionError {
    /// The manifest could not be read.
    #[error("could not read manifest {number}")]
    Read {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// The manifest is malformed.
    #[error("manifest {number} is malformed")]
    Manifest {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: ManifestError,
    },
    /// A layer's name is not usable in keys and paths.
    #[error("manifest {number} lists a layer with the invalid name `{layer}`")]
    Name {
        /// Its number.
        number: u64,
        /// The name.
        layer: String,
    },
    /// A slot is listed twice.
    #[error("manifest {number} lists {slot} twice")]
    Twice {
        /// Its number.
        number: u64,
        /// Layer and slot.
        slot: String,
    },
    /// A table cannot be used.
    #[error("manifest {number} lists a table that cannot be used")]
    Table {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: TableError,
    },
    /// An archive cannot be used.
    #[error("manifest {number} lists an archive that cannot be used")]
    Archive {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: ArchiveError,
    },
}

impl MapVersionError {
    /// Whether the store has no such manifest: then nothing new was published.
    #[must_use]
    pub const fn is_missing_manifest(&self) -> bool {
        matches!(self, Self::Read { source: StoreError::Missing { .. }, .. })
    }
}
