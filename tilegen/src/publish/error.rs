//! Why nothing was published.

use tilecore::manifest::ManifestError;

use super::verify::VerifyError;
use crate::store::StoreError;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The store refused.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// What was written is not what is read back.
    #[error(
        "{key} in the store does not hold the bytes that it is named after; remove it and build again"
    )]
    ReadBack {
        /// The object.
        key: String,
    },
    /// The archive that was read back is wrong.
    #[error("the archive {key} did not pass verification and is not published")]
    Verify {
        /// The archive.
        key: String,
        /// Cause.
        #[source]
        source: VerifyError,
    },
    /// The newest manifest cannot be read.
    #[error("the newest manifest {key} cannot be used; publish cannot go on from it")]
    Manifest {
        /// The manifest.
        key: String,
        /// Cause.
        #[source]
        source: ManifestError,
    },
    /// What was to be published was removed meanwhile.
    #[error(
        "{key} was removed from the store while it was being published, so the map before was published again; run the job once more"
    )]
    Vanished {
        /// The object.
        key: String,
    },
    /// Other builders were faster each time.
    #[error("other builders took every number up to {number}")]
    Crowded {
        /// The last number tried.
        number: u64,
    },
}
