//! Why a row group could not be validated.

use crate::orders::lines::TooManyLines;
use crate::orders::source::SourceError;

/// Why a row group could not be validated.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The row group could not be read.
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
    /// The texts of two users have the same 64-bit hash. With 30 million users this happens in one of
    /// 40,000 builds.
    #[error(
        "two users in column `{column}` of {name} have the same 64-bit hash; use integer user ids"
    )]
    UserHashCollision {
        /// The file.
        name: String,
        /// The column.
        column: String,
    },
    /// The data contain too many lines.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
}
