//! Why a density build failed.

use tilecore::Slot;
use tilecore::archive::WriteError;

use crate::publish::guards::{Acceptance, OrderBuildError};

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The orders could not be read or used, or the output could not be published.
    #[error(transparent)]
    Common(OrderBuildError),
    /// A privacy floor needs users.
    #[error(
        "no order has a user, so the privacy floor of {min_users} users would hide everything; check the user column, or build only the internal layer with --layer density"
    )]
    NoUsers {
        /// The floor.
        min_users: u16,
    },
    /// The archive could not be written.
    #[error("could not write the archive of {layer}/{slot}")]
    Write {
        /// The layer.
        layer: &'static str,
        /// The slot.
        slot: Slot,
        /// Cause.
        #[source]
        source: WriteError,
    },
}

impl<E> From<E> for BuildError
where
    OrderBuildError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Common(error.into())
    }
}

impl BuildError {
    /// If a guard stopped the build, the `--accept` values with which it would publish.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        if let Self::Common(error) = self { error.acceptances_if_stopped() } else { None }
    }
}
