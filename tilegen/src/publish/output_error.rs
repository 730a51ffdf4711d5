//! Why the output of a build could not be stored or published.

use super::error::PublishError;
use super::lineage::LineageError;
use crate::store::StoreError;

/// Why the output of a build could not be stored or published. The error enum of each build has one
/// variant for it, and converts from all errors that this one converts from.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The store could not be used.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// The input files could not be recorded.
    #[error(transparent)]
    Lineage(#[from] LineageError),
    /// Publishing failed.
    #[error("could not publish")]
    Publish(#[from] PublishError),
}
