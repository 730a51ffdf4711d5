//! Why a build from orders failed, as far as all such builds have it in common.

use super::acceptance::Acceptance;
use super::finding::GuardStop;
use crate::orders::read::OrdersError;
use crate::publish::OutputError;

/// Why a build from orders failed. The error enum of each build has one variant for it, and converts from all
/// errors that this one converts from.
#[derive(Debug, thiserror::Error)]
pub enum OrderBuildError {
    /// The orders could not be read, or there are none.
    #[error(transparent)]
    Orders(#[from] OrdersError),
    /// A guard stopped the build.
    #[error(transparent)]
    Guard(#[from] GuardStop),
    /// The output could not be stored or published.
    #[error(transparent)]
    Output(OutputError),
}

impl<E> From<E> for OrderBuildError
where
    OutputError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Output(error.into())
    }
}

impl OrderBuildError {
    /// If a guard stopped the build, the `--accept` values with which it would publish. Without them, a retry
    /// stops again.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        match self {
            Self::Guard(stop) => Some(stop.acceptances()),
            Self::Orders(OrdersError::TooManyRejects { .. }) => Some(Vec::new()),
            Self::Orders(_) | Self::Output(_) => None,
        }
    }
}
