//! Why a density build failed.

use tilecore::Slot;
use tilecore::archive::WriteError;

use crate::orders::read::OrdersError;
use crate::publish::OutputError;
use crate::publish::guards::job::OrdersRefused;
use crate::publish::guards::{Acceptance, GuardStop};

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There are no orders to count, or a guard stopped the build.
    #[error(transparent)]
    Orders(#[from] OrdersRefused),
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
    /// The output could not be stored or published.
    #[error(transparent)]
    Output(OutputError),
}

impl<E> From<E> for BuildError
where
    OutputError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Output(error.into())
    }
}

impl From<OrdersError> for BuildError {
    fn from(error: OrdersError) -> Self {
        Self::Orders(error.into())
    }
}

impl From<GuardStop> for BuildError {
    fn from(stop: GuardStop) -> Self {
        Self::Orders(stop.into())
    }
}

impl BuildError {
    /// If a guard stopped the build, the `--accept` values with which it would publish.
    #[must_use]
    pub fn stop(&self) -> Option<Vec<Acceptance>> {
        if let Self::Orders(refused) = self { refused.stop() } else { None }
    }
}
