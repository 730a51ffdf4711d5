//! Why a build of the timeline failed.

use tilecore::Slot;
use tilecore::archive::WriteError;
use tilecore::manifest::TableNameError;

use super::places::MAX_PLACES;
use crate::polygons::AreaError;
use crate::publish::guards::{Acceptance, OrderBuildError};

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum TimelineError {
    /// The orders could not be read or used, or the output could not be published.
    #[error(transparent)]
    Common(OrderBuildError),
    /// Areas could not be read.
    #[error("could not read the areas")]
    Areas(#[from] AreaError),
    /// There are more cities and areas than a row key can number.
    #[error("there are {places} cities and areas, more than {MAX_PLACES}; remove areas")]
    TooManyPlaces {
        /// Their number.
        places: usize,
    },
    /// The cities are so large that their cells cannot be numbered.
    #[error("the bounds of the cities cover the world more than 64 times; make them smaller")]
    CitiesTooLarge,
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
    /// A table could not be written.
    #[error("could not write a table")]
    Table(#[from] serde_json::Error),
    /// The key of a city is not a valid part of a table name.
    #[error(transparent)]
    Name(#[from] TableNameError),
}

impl<E> From<E> for TimelineError
where
    OrderBuildError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Common(error.into())
    }
}

impl TimelineError {
    /// If a guard stopped the build, the `--accept` values with which it would publish.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        if let Self::Common(error) = self { error.acceptances_if_stopped() } else { None }
    }
}
