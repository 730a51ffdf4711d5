//! Why the rows of a row group could not be checked.

use crate::orders::lines::TooManyLines;
use crate::orders::source::SourceError;

/// Why a row group gave no orders.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// It could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A column could not be converted.
    #[error("column `{column}` of {name} could not be converted")]
    Convert {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Cause.
        #[source]
        source: arrow::error::ArrowError,
    },
    /// Two users whose texts have the same 64-bit number: of 30 million users such a pair is met in
    /// one of 40,000 builds.
    #[error(
        "two users in column `{column}` of {name} cannot be told apart by 64 bits; give users integer ids"
    )]
    Users {
        /// The file.
        name: String,
        /// The column.
        column: String,
    },
    /// More lines than can be told apart.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
}
